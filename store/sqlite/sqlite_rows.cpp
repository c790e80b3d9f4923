#include "store/sqlite/sqlite_rows.hpp"

#include <array>

#include <openssl/sha.h>

namespace doorward {
namespace {

// Neither a realm nor a username can hold a line break.
std::vector<std::pair<std::string, std::string>> logins_of(std::string_view touched) {
  std::vector<std::pair<std::string, std::string>> logins;
  const auto line = [&] {
    const std::size_t end = touched.find('\n');
    std::string text(touched.substr(0, end));
    touched.remove_prefix(end == std::string_view::npos ? touched.size() : end + 1);
    return text;
  };
  while (!touched.empty()) {
    std::string realm = line();
    logins.emplace_back(std::move(realm), line());
  }
  return logins;
}

}  // namespace

StoredObject object_of(const SqliteRun& row) {
  return {.key = {std::string(row.text(1)), std::string(row.text(2)), std::string(row.text(3))},
          .uid = std::string(row.text(4)),
          .version = static_cast<ResourceVersion>(row.integer(0)),
          .generation = static_cast<std::uint64_t>(row.integer(5)),
          .created_at = std::string(row.text(6)),
          .document = std::string(row.text(7))};
}

Change change_of(const SqliteRun& row) {
  return {.version = static_cast<ResourceVersion>(row.integer(0)),
          .type = static_cast<ChangeType>(row.integer(8)),
          .object = object_of(row),
          .logins = logins_of(row.text(9))};
}

std::int64_t first_login_place(std::string_view realm, std::string_view username) {
  std::string name(realm);
  name += '\n';
  name += username;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(name.data()), name.size(), digest.data());
  std::uint64_t bits = 0;
  for (int i = 0; i < 8; ++i) bits = bits << 8 | digest[i];
  // Positive, and a multiple of login_places.
  return static_cast<std::int64_t>(bits >> 1 & ~std::uint64_t{login_places - 1});
}

std::string touched_text(const std::vector<std::pair<std::string, std::string>>& logins) {
  std::string text;
  for (const auto& [realm, username] : logins) {
    text += realm;
    text += '\n';
    text += username;
    text += '\n';
  }
  return text;
}

}  // namespace doorward
