#pragma once
// Writes of the store on the one connection that writes. Used under SqliteStore's mutex, by one thread at a
// time; what fails leaves nothing behind.
#include "store/sqlite/sqlite_connection.hpp"
#include "store/sqlite/sqlite_shapes.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

namespace doorward {

class SqliteWriter {
 public:
  // Makes the database, or brings it to this program's schema.
  SqliteWriter(const std::filesystem::path& file, const std::string& vfs,
               std::chrono::milliseconds busy_timeout);

  // One for each write, in their order.
  Result<std::vector<Change>> commit(std::span<const Write> writes);
  // Forgets a bounded part of the history up to `version`. Whether there is more to forget.
  bool compact_some(ResourceVersion version);
  Result<> release_realm(const Realm& realm);
  // Makes the key where there is none.
  Result<Secret> shared_key(std::string_view name);

 private:
  using LoginName = std::pair<std::string, std::string>;
  struct Current {
    ResourceVersion version = 0;
    std::optional<LoginName> login;
  };

  Result<Change> apply(const Put& put, ResourceVersion version);
  Result<Change> apply(const Delete& removal, ResourceVersion version);
  std::optional<Current> current(const ObjectKey& key);
  ResourceVersion last_version();
  void delete_login(const LoginName& login);
  // Before the record of a login goes, or another takes its place.
  void uncount_shapes(const std::string& realm, const std::string& username);
  Result<> store_login(const ObjectKey& owner, const LoginRecord& login, ResourceVersion version);
  // Where the login record lies or can be put; already_exists where it belongs to another object.
  Result<std::int64_t> login_place(const ObjectKey& owner, const std::string& realm,
                                   const std::string& username);
  Result<> hold_realm(const ObjectKey& owner, const RealmService& held);
  void release_realm(const ObjectKey& owner);

  SqliteConnection connection_;
  SqliteStatement last_version_;
  SqliteStatement current_;
  SqliteStatement insert_;
  SqliteStatement insert_deleted_;
  SqliteStatement change_;
  SqliteStatement find_login_;
  SqliteStatement free_place_;
  SqliteStatement put_login_;
  SqliteStatement delete_login_;
  SqliteStatement login_record_;
  SqliteStatement put_realm_;
  SqliteStatement owner_of_realm_;
  SqliteStatement release_realm_;
  SqliteStatement forget_realm_;
  SqliteStatement compacted_;
  SqliteStatement forget_superseded_;
  SqliteStatement forget_deleted_;
  SqliteStatement set_compacted_;
  SqliteStatement put_key_;
  SqliteStatement key_;
  SqliteShapes shapes_;
};

}  // namespace doorward
