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
#include <variant>

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

FieldError has_identity(const Object& user, const Identity& identity) {
  return {FieldError::Type::duplicate, "spec.authentication.federatedUsername",
          quoted(identity.second) + " of the provider " + quoted(identity.first) + " is " +
              object_text(*user.kind, user.key) + " in the same address space: one of them must go"};
}

FieldError has_username(const Object& user, const std::string& username) {
  return {FieldError::Type::duplicate, "spec.username",
          quoted(username) + " is the username of " + object_text(*user.kind, user.key) +
              " in the same address space: choose another one"};
}

// What only one user of an address space can have: a username, or an identity at a provider.
using Claim = std::variant<std::string, Identity>;

std::vector<Claim> claims_in(const json& document) {
  std::vector<Claim> claims;
  if (!document.is_object()) return claims;
  claims.emplace_back(text_at(document, {"spec", "username"}));
  if (auto identity = identity_in(document)) claims.emplace_back(std::move(*identity));
  return claims;
}

bool had(const Object& user, const Claim& claim) {
  const auto claims = claims_in(user.before);
  return std::ranges::find(claims, claim) != claims.end();
}

// The users of one address space. A chain of them, each of whom wants what the next one has, is followed from
// its end, once.
class Contest {
 public:
  explicit Contest(UserConflicts& found) : found_(found) {}

  void take(const Object& user) {
    for (auto& claim : claims_in(user.document)) {
      if (user.touched) {
        wanted_[std::move(claim)].push_back(&user);
      } else {
        kept_.emplace_back(std::move(claim), &user);
      }
    }
  }

  void settle() {
    for (const auto& [claim, users] : wanted_) {
      if (const auto* username = std::get_if<std::string>(&claim)) among_them(*username, users);
    }
    while (!kept_.empty()) {
      const auto [claim, holder] = std::move(kept_.back());
      kept_.pop_back();
      const auto wanted = wanted_.find(claim);
      if (wanted == wanted_.end()) continue;
      for (const Object* user : wanted->second) {
        if (had(*user, claim) || !held_.insert(user).second) continue;
        const auto* username = std::get_if<std::string>(&claim);
        found_.with_others.push_back({user->key, username != nullptr
                                                     ? has_username(*holder, *username)
                                                     : has_identity(*holder, std::get<Identity>(claim))});
        for (auto& before : claims_in(user->before)) kept_.emplace_back(std::move(before), user);
      }
    }
  }

 private:
  void among_them(const std::string& username, const std::vector<const Object*>& users) {
    const auto has_it = std::ranges::find_if(users, [&](const Object* user) { return had(*user, username); });
    const Object* holder = has_it == users.end() ? users.front() : *has_it;
    for (const Object* user : users) {
      if (user != holder) found_.among_them.push_back({user->key, has_username(*holder, username)});
    }
  }

  UserConflicts& found_;
  std::map<Claim, std::vector<const Object*>> wanted_;  // by users that the write touched
  std::vector<std::pair<Claim, const Object*>> kept_;  // by users that stay as they are, still to be followed
  std::set<const Object*> held_;
};

}  // namespace

UserConflicts user_conflicts(Workspace& workspace) {
  std::set<ObjectRef> spaces;
  for (const Object* user : workspace.touched(store_kind::messaging_users)) {
    if (user->exists()) spaces.insert({user->key.ns, std::string(address_space_of(user->key.name))});
  }
  UserConflicts found;
  for (const ObjectRef& space : spaces) {
    Contest contest(found);
    for (const Object* user : workspace.members_of(store_kind::messaging_users, space)) contest.take(*user);
    contest.settle();
  }
  return found;
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
      conflicts.push_back({user->key, has_identity(*other, *identity)});
      break;
    }
  }
  return conflicts;
}

}  // namespace doorward::resources
