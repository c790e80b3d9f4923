#pragma once
// The tables and how they came to be: numbered migrations, each run once and in its own transaction when the
// database is opened. `user_version` in the file counts them.
#include "store/sqlite/sqlite_connection.hpp"

namespace doorward {

// Brings the database to this program's schema, in WAL mode. Throws SqliteFailure for a file that is no
// database of doorward's, that is damaged, or that a newer doorward wrote.
void prepare_schema(SqliteConnection& connection);

}  // namespace doorward
