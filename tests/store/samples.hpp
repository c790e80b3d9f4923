#pragma once
// Objects, login records and writes as the tests of the store use them.
#include "store/store.hpp"

#include <string>

namespace doorward::samples {

inline ObjectKey user_key(const std::string& name, const std::string& ns = "team") {
  return {"messagingusers.user.enmasse.io", ns, name};
}

inline ObjectKey space_key(const std::string& name, const std::string& ns = "team") {
  return {"addressspaces.enmasse.io", ns, name};
}

inline StoredObject object(const ObjectKey& key, const std::string& document = "{}") {
  return {.key = key,
          .uid = "8f7c2a9e-0000-4000-8000-" + std::string(12, '0'),
          .generation = 1,
          .created_at = "2024-05-01T12:00:00Z",
          .document = document};
}

inline Put put(const ObjectKey& key, const std::string& document = "{}") {
  return {.object = object(key, document)};
}

inline ScramCredential credential(ScramHash hash, char fill, std::size_t pairs = 1) {
  ScramCredential c{.hash = hash, .salt = std::string(16, fill), .iterations = 32'768};
  const std::size_t bytes = scram_digest_bytes(hash);
  for (std::size_t i = 0; i < pairs; ++i) {
    ScramKeys keys{.stored_key = std::string(bytes, static_cast<char>(fill + 1)),
                   .server_key = std::string(bytes, fill)};
    if (i > 0) keys.not_after = std::chrono::sys_seconds(std::chrono::seconds(1'800'000'000));
    c.keys.push_back(keys);
  }
  return c;
}

inline LoginRecord login(const std::string& realm, const std::string& username, char fill = 'k') {
  return {.realm = Realm::parse(realm).value(),
          .username = Username::parse(username).value(),
          .credentials = {credential(ScramHash::sha256, fill)},
          .authorization = {{.addresses = {"orders", "queue/*"}, .operations = {.send = true}}}};
}

inline Put put_user(const std::string& name, const std::string& realm, const std::string& username,
                    char fill = 'k') {
  Put write = put(user_key(name));
  write.login = login(realm, username, fill);
  return write;
}

inline Put put_space(const std::string& name, const std::string& realm, const std::string& ns = "team") {
  Put write = put(space_key(name, ns));
  write.realm = RealmService{
      .realm = Realm::parse(realm).value(), .address_space = {ns, name}, .service = {"infra", "users"}};
  return write;
}

}  // namespace doorward::samples
