#pragma once
// The tables and how they came to be: numbered migrations, each run once and in its own transaction when the
// database is opened. `user_version` in the file counts them.
#include "store/sqlite/sqlite_connection.hpp"

#include <cstdint>

namespace doorward {

// "door" in ASCII: says to `file` and to us whose database this is.
inline constexpr std::int64_t store_application_id = 0x646f6f72;

// Brings the database to this program's schema, in WAL mode. Throws SqliteFailure for a file that is no
// database of doorward's, that is damaged, or that a newer doorward wrote.
void prepare_schema(SqliteConnection& connection);

// Leave the database as it is. Throw for a schema that a newer doorward wrote; and for a database that is not
// doorward's, or has no tables yet.
void check_schema(std::int64_t schema);
void check_readable(SqliteConnection& connection);

}  // namespace doorward
