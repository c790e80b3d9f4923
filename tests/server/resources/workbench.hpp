#pragma once
// What most tests of this room stand on: a SQLite store in a folder of its own, manifests as text, and the
// questions that a test asks of what came out.
#include "mechanisms/password.hpp"
#include "server/resources/apply.hpp"
#include "server/resources/document/json_access.hpp"
#include "server/resources/document/yaml.hpp"
#include "server/resources/kinds/catalogue.hpp"
#include "store/model/base64.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdlib.h>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::resources {

// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "doorward-resources-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

inline std::string file_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::vector<std::string> texts(const std::vector<Fault>& faults) {
  std::vector<std::string> lines;
  for (const auto& fault : faults) lines.push_back(fault.text());
  return lines;
}

// The shortest manifests of each kind.
inline std::string service_yaml(std::string_view name, std::string_view type = "standard",
                                std::string_view more = "") {
  return "---\napiVersion: admin.enmasse.io/v1beta1\nkind: AuthenticationService\nmetadata:\n  name: " +
         std::string(name) + "\nspec:\n  type: " + std::string(type) + "\n" + std::string(more);
}
inline std::string space_yaml(std::string_view ns, std::string_view name, std::string_view more = "") {
  return "---\napiVersion: enmasse.io/v1beta1\nkind: AddressSpace\nmetadata:\n  namespace: " +
         std::string(ns) + "\n  name: " + std::string(name) + "\nspec:\n  type: brokered\n  plan: small\n" +
         std::string(more);
}
// `secret` is a line of spec.authentication; by default the password is "pencil".
inline std::string user_yaml(std::string_view ns, std::string_view name, std::string_view username,
                             std::string_view secret = "password: cGVuY2ls", std::string_view more = "") {
  return "---\napiVersion: user.enmasse.io/v1beta1\nkind: MessagingUser\nmetadata:\n  namespace: " +
         std::string(ns) + "\n  name: " + std::string(name) +
         "\nspec:\n  username: " + std::string(username) + "\n  authentication:\n    type: password\n    " +
         std::string(secret) + "\n  authorization:\n  - addresses: [orders]\n    operations: [send, recv]\n" +
         std::string(more);
}

inline const std::string service = service_yaml("standard-authservice");
inline const std::string shop = space_yaml("team1", "shop");  // its realm: team1-shop
inline const std::string alice = user_yaml("team1", "shop.alice", "alice");

class Workbench : public testing::Test {
 protected:
  Workbench() : store_(open()) {
    options_.settings.user.iterations = ScramCredential::min_iterations;
    options_.settings.infra_namespace = "default";
    options_.settings.members = std::make_shared<MemberCounts>();
    options_.settings.address_book = std::make_shared<AddressBook>();
  }

  std::unique_ptr<Store> open() {
    return std::move(open_sqlite_store(folder_.path() / "doorward.db").value());
  }

  std::expected<ApplyReport, ApplyRefusal> apply(std::string_view yaml) {
    return resources::apply(*store_, read_yaml(yaml, "m.yaml"), options_);
  }
  // What applying it gives: `2 created, 1 changed, 0 deleted, 3 unchanged`, and a line for each object that
  // is held back; or the faults, a line each.
  std::string outcome(std::string_view yaml) {
    const auto result = apply(yaml);
    if (result) {
      std::string text = std::to_string(result->created) + " created, " + std::to_string(result->changed) +
                         " changed, " + std::to_string(result->deleted) + " deleted, " +
                         std::to_string(result->unchanged) + " unchanged";
      for (const auto& line : texts(result->held_back)) text += "\nheld back: " + line;
      return text;
    }
    std::string lines;
    for (const auto& line : texts(result.error().faults)) lines += line + "\n";
    return lines;
  }

  ObjectKey key(std::string_view store_kind, std::string ns, std::string name) {
    return {std::string(store_kind), std::move(ns), std::move(name)};
  }
  ObjectKey user(std::string name) { return key(store_kind::messaging_users, "team1", std::move(name)); }
  ObjectKey space(std::string ns, std::string name) {
    return key(store_kind::address_spaces, std::move(ns), std::move(name));
  }
  bool exists(const ObjectKey& key) { return store_->get(key).has_value(); }
  nlohmann::json document(const ObjectKey& key) {
    const auto object = store_->get(key);
    return object ? nlohmann::json::parse(object->document) : nlohmann::json();
  }
  nlohmann::json status(const ObjectKey& key) { return document(key)["status"]; }
  nlohmann::json user_status(std::string ns, std::string name) {
    return status(key(store_kind::messaging_users, std::move(ns), std::move(name)));
  }
  nlohmann::json space_status(std::string ns, std::string name) {
    return status(key(store_kind::address_spaces, std::move(ns), std::move(name)));
  }
  bool logs_in(std::string_view realm, std::string_view username, std::string_view password = "pencil") {
    const auto user = store_->find_user(realm, username, Patience::some_seconds);
    return user && verify_password(Secret(password), (*user)->credentials);
  }
  // The changes since a version, as `added NS/NAME`, but for those of objects that nobody applied.
  std::vector<std::string> changes_since(ResourceVersion since) {
    std::vector<std::string> out;
    for (const auto& change : store_->changes_after(since, 1'000).value()) {
      if (find_kind(change.object.key.kind)->computed) continue;
      const std::string what = change.type == ChangeType::added      ? "added "
                               : change.type == ChangeType::modified ? "modified "
                                                                     : "deleted ";
      out.push_back(what + change.object.key.ns + "/" + change.object.key.name);
    }
    return out;
  }
  ResourceVersion version() { return store_->version().value(); }

  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
  ApplyOptions options_;
};

}  // namespace doorward::resources
