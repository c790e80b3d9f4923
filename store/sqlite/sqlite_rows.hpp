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

// A login record lies in `logins` at one of the `login_places` numbers from first_login_place() on: names
// whose hashes agree lie side by side. Nobody finds enough of them to fill all the places.
inline constexpr std::int64_t login_places = 256;
std::int64_t first_login_place(std::string_view realm, std::string_view username);

// Text of the column `touched`.
std::string touched_text(const std::vector<std::pair<std::string, std::string>>& logins);

}  // namespace doorward
