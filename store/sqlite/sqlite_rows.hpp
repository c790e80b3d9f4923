#pragma once
// Rows of `changes` as values, for the reader and the writer alike.
#include "store/sqlite/sqlite_connection.hpp"
#include "store/store.hpp"

#include <string>

namespace doorward {

// What a statement must select for the functions below, in their order.
inline const std::string change_columns =
    "version, kind, ns, name, uid, generation, created_at, document, type, touched";

StoredObject object_of(const SqliteRun& row);
Change change_of(const SqliteRun& row);

// Text of the column `touched`.
std::string touched_text(const std::vector<std::pair<std::string, std::string>>& logins);

}  // namespace doorward
