#include "server/resources/federated_users.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/each_object.hpp"
#include "server/resources/kinds/catalogue.hpp"
#include "server/resources/kinds/messaging_user.hpp"

#include <nlohmann/json.hpp>

namespace doorward::resources {

using nlohmann::json;

Result<std::unique_ptr<FederatedUsers>> FederatedUsers::start(Store& store) {
  std::unique_ptr<FederatedUsers> users(new FederatedUsers);
  // Commits of the meantime wait for the lock, and what was read already is passed over then.
  const std::lock_guard lock(users->mutex_);
  users->subscription_ =
      store.subscribe([u = users.get()](std::span<const Change> changes) { u->follow(changes); });
  const auto version = each_object(store, store_kind::messaging_users,
                                   [u = users.get()](const StoredObject& object) { u->take(object, false); });
  if (!version) return std::unexpected(version.error());
  users->read_at_ = *version;
  return users;
}

void FederatedUsers::follow(std::span<const Change> changes) {
  const std::lock_guard lock(mutex_);
  for (const Change& change : changes) {
    if (change.object.key.kind != store_kind::messaging_users || change.version <= read_at_) continue;
    take(change.object, change.type == ChangeType::deleted);
  }
}

void FederatedUsers::take(const StoredObject& object, bool deleted) {
  forget(object.key);
  // Most users are not federated, and their documents need no parsing to tell.
  if (deleted || !object.document.contains("\"federated\"")) return;
  const json document = json::parse(object.document, nullptr, false);
  if (text_at(document, {"spec", "authentication", "type"}) != "federated") return;
  std::string name = text_at(document, {"spec", "authentication", "federatedUsername"});
  if (name.empty()) return;
  Known known{.identity = {ObjectRef{object.key.ns, std::string(address_space_of(object.key.name))},
                           text_at(document, {"spec", "authentication", "provider"}), std::move(name)},
              .username = text_at(document, {"spec", "username"})};
  usernames_.emplace(known.identity, known.username);
  users_.emplace(object.key, std::move(known));
}

void FederatedUsers::forget(const ObjectKey& key) {
  const auto known = users_.find(key);
  if (known == users_.end()) return;
  const auto [first, last] = usernames_.equal_range(known->second.identity);
  for (auto at = first; at != last; ++at) {
    if (at->second != known->second.username) continue;
    usernames_.erase(at);
    break;
  }
  users_.erase(known);
}

std::optional<std::string> FederatedUsers::find(const ObjectRef& address_space, std::string_view provider,
                                                std::string_view federated_username) const {
  const std::lock_guard lock(mutex_);
  const auto [first, last] =
      usernames_.equal_range(Identity{address_space, std::string(provider), std::string(federated_username)});
  if (first == last || std::next(first) != last) return std::nullopt;
  return first->second;
}

}  // namespace doorward::resources
