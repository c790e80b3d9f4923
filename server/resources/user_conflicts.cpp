#include "server/resources/user_conflicts.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/messaging_user.hpp"
#include "server/resources/prepare.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace doorward::resources {

using nlohmann::json;
using Object = Workspace::Object;

namespace {

// A provider and the name there; nothing where the user is not federated, or named nowhere.
using Identity = std::pair<std::string, std::string>;

std::optional<Identity> identity_in(const json& document) {
  if (text_at(document, {"spec", "authentication", "type"}) != "federated") return std::nullopt;
  std::string name = text_at(document, {"spec", "authentication", "federatedUsername"});
  if (name.empty()) return std::nullopt;
  return Identity{text_at(document, {"spec", "authentication", "provider"}), std::move(name)};
}

}  // namespace

std::vector<Conflict> username_conflicts(Workspace& workspace) {
  std::set<ObjectRef> spaces;
  for (const Object* user : workspace.touched(store_kind::messaging_users)) {
    if (user->exists()) spaces.insert({user->key.ns, std::string(address_space_of(user->key.name))});
  }
  std::vector<Conflict> conflicts;
  for (const ObjectRef& space : spaces) {
    std::map<std::string, std::vector<Object*>> by_username;
    for (Object* user : workspace.members_of(store_kind::messaging_users, space))
      by_username[text_at(user->document, {"spec", "username"})].push_back(user);
    for (const auto& [username, users] : by_username) {
      const auto has_it = [&](const Object* user) {
        return text_at(user->before, {"spec", "username"}) == username;
      };
      const auto found = std::ranges::find_if(users, has_it);
      const Object* holder = found == users.end() ? users.front() : *found;
      for (const Object* user : users) {
        if (user == holder) continue;
        conflicts.push_back(
            {user->key,
             {FieldError::Type::duplicate, "spec.username",
              quoted(username) + " is the username of " + object_text(*holder->kind, holder->key) +
                  " in the same address space: choose another one"}});
      }
    }
  }
  return conflicts;
}

std::vector<Conflict> federated_conflicts(Workspace& workspace) {
  std::vector<Conflict> conflicts;
  for (const Object* user : workspace.touched(store_kind::messaging_users)) {
    const auto identity = identity_in(user->document);
    if (!identity || identity == identity_in(user->before)) continue;
    const std::string in_document = json(identity->second).dump();
    const ObjectRef space{user->key.ns, std::string(address_space_of(user->key.name))};
    for (const Object* other :
         workspace.members_containing(store_kind::messaging_users, space, in_document)) {
      if (other == user || identity_in(other->document) != identity) continue;
      // Of two that are new the first by name gets it.
      const bool has_it = identity_in(other->before) == identity;
      if (!has_it && user->key < other->key) continue;
      conflicts.push_back(
          {user->key,
           {FieldError::Type::duplicate, "spec.authentication.federatedUsername",
            quoted(identity->second) + " of the provider " + quoted(identity->first) + " is " +
                object_text(*other->kind, other->key) + " in the same address space: one of them must go"}});
      break;
    }
  }
  return conflicts;
}

}  // namespace doorward::resources
