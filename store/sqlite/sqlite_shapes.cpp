#include "store/sqlite/sqlite_shapes.hpp"

#include "store/login_codec.hpp"

namespace doorward {

SqliteShapes::SqliteShapes(SqliteConnection& connection)
    : add_(connection.prepare("INSERT INTO shapes (realm, salt_bytes, iterations, password_hash, credentials)"
                              " VALUES (?, ?, ?, ?, ?)"
                              " ON CONFLICT DO UPDATE SET credentials = credentials + excluded.credentials")),
      remove_(connection.prepare("UPDATE shapes SET credentials = credentials - ?5 WHERE realm = ?1"
                                 " AND salt_bytes = ?2 AND iterations = ?3 AND password_hash = ?4")),
      forget_(connection.prepare("DELETE FROM shapes WHERE realm = ? AND salt_bytes = ? AND iterations = ?"
                                 " AND password_hash = ? AND credentials <= 0")) {}

void SqliteShapes::add(std::string_view realm, std::span<const ScramCredential> credentials) {
  for (const CredentialShape& shape : shapes_of(credentials)) {
    add_.run(realm, shape.salt_bytes, std::uint64_t{shape.iterations}, scram_mechanism(shape.password_hash),
             shape.weight)
        .finish();
  }
}

void SqliteShapes::remove(std::string_view realm, std::span<const ScramCredential> credentials) {
  for (const CredentialShape& shape : shapes_of(credentials)) {
    const std::string_view hash = scram_mechanism(shape.password_hash);
    remove_.run(realm, shape.salt_bytes, std::uint64_t{shape.iterations}, hash, shape.weight).finish();
    forget_.run(realm, shape.salt_bytes, std::uint64_t{shape.iterations}, hash).finish();
  }
}

void SqliteShapes::add_record(std::string_view realm, std::string_view record) {
  if (const auto content = decode_login(record)) add(realm, content->credentials);
}

void SqliteShapes::remove_record(std::string_view realm, std::string_view record) {
  if (const auto content = decode_login(record)) remove(realm, content->credentials);
}

void count_shapes(SqliteConnection& connection) {
  SqliteShapes shapes(connection);
  SqliteStatement all = connection.prepare("SELECT realm, record FROM logins");
  SqliteRun rows = all.run();
  while (rows.next()) shapes.add_record(rows.text(0), rows.blob(1));
}

}  // namespace doorward
