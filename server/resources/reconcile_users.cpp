#include "server/resources/reconcile_users.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/realm_names.hpp"
#include "server/resources/plan_counting.hpp"
#include "store/model/names.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace doorward::resources {

using nlohmann::json;
using Object = Workspace::Object;

namespace {

std::string realm_in(const json& document) { return text_at(document, {"status", "realm"}); }

std::string service_type_in(const json& document) {
  return text_at(document, {"status", "authenticationService", "type"});
}

class Users {
 public:
  Users(Workspace& workspace, const Settings& settings, std::string_view now,
        std::vector<Conflict>& conflicts)
      : workspace_(workspace), settings_(settings), now_(now), conflicts_(conflicts) {}

  void reconcile() {
    for (Object* user : workspace_.touched(store_kind::messaging_users)) {
      if (user->exists()) concerned_.insert(user);
    }
    for (Object* space : workspace_.changed(store_kind::address_spaces)) {
      if (space->exists() == space->existed() && realm_in(space->document) == realm_in(space->before) &&
          service_type_in(space->document) == service_type_in(space->before))
        continue;
      for (Object* user :
           workspace_.members_of(store_kind::messaging_users, {space->key.ns, space->key.name}))
        concerned_.insert(user);
    }
    const std::set<ObjectRef> replanned = replanned_spaces(workspace_, settings_);
    std::set<ObjectRef> counted = spaces_of_touched(workspace_, store_kind::messaging_users);
    counted.insert(replanned.begin(), replanned.end());
    for (const ObjectRef& space : counted) count(space, replanned.contains(space));
    for (Object* user : concerned_) derive(*user);
  }

 private:
  void keep_out(const UserCount& count) {
    for (Object* user : count.beyond) {
      concerned_.insert(user);
      beyond_.emplace(user, count.waiting);
      if (!user->existed())
        conflicts_.push_back({user->key, {FieldError::Type::forbidden, {}, count.reason}, true});
    }
  }

  // A new user beyond what the plan allows is a conflict, and Pending where it is written all the same. One
  // that was there already, before its space or beside others, waits until there is room.
  void count(const ObjectRef& space, bool replanned) {
    if (!replanned) {
      if (const auto made = count_new_users(workspace_, settings_, space)) return keep_out(*made);
    }
    const UserCount count = count_users(workspace_, settings_, space);
    keep_out(count);
    if (count.reason.empty() && !replanned) return;
    for (Object* user : workspace_.members_of(store_kind::messaging_users, space)) {
      if (text_at(user->before, {"status", "phase"}) == "Pending") concerned_.insert(user);
    }
  }

  bool is_waiting(Object& user) {
    const auto& login = workspace_.login_before(user);
    return !login || login->realm == waiting_realm(user.key.ns, address_space_of(user.key.name));
  }

  // Though nobody writes it: there is room now, or its space.
  bool comes_in(Object& user) { return !user.touched && user.existed() && is_waiting(user); }

  // Whether it is another's in the space: while a user waits, others are given its name. Whoever has come in
  // keeps it, and of those that wait the first gets it.
  bool name_is_taken(const Object& user, const ObjectRef& space) {
    const auto [names, is_first] = names_.try_emplace(space);
    const auto is_in = [&](Object* one) {
      return !beyond_.contains(one) && (one->touched || !is_waiting(*one));
    };
    // All of them are here: nobody comes in but where they were looked through.
    for (Object* one :
         is_first ? workspace_.members_of(store_kind::messaging_users, space) : std::vector<Object*>()) {
      if (!one->exists()) continue;
      Object*& holder = names->second[text_at(one->document, {"spec", "username"})];
      if (holder == nullptr || (!is_in(holder) && is_in(one))) holder = one;
    }
    return names->second.at(text_at(user.document, {"spec", "username"})) != &user;
  }

  void derive(Object& user) {
    const ObjectRef ref{user.key.ns, std::string(address_space_of(user.key.name))};
    const Object* space = workspace_.find({std::string(store_kind::address_spaces), ref.ns, ref.name});
    auto& login = workspace_.login(user);
    if (!login) return;  // a read that failed: the workspace knows
    UserState state;
    if (space == nullptr) {
      state.pending = "AddressSpace " + ref.text() + " does not exist: the user becomes Active when it does";
      login->realm = waiting_realm(ref.ns, ref.name);
    } else if (const auto beyond = beyond_.find(&user); beyond != beyond_.end()) {
      state.pending = beyond->second;
      login->realm = waiting_realm(ref.ns, ref.name);
    } else if (comes_in(user) && name_is_taken(user, ref)) {
      state.pending = quoted(login->username.text(), 256) +
                      " is the username of another MessagingUser of AddressSpace " + ref.text() +
                      ": choose another one, or delete one of them";
      login->realm = waiting_realm(ref.ns, ref.name);
    } else if (auto realm = Realm::parse(realm_in(space->document))) {
      login->realm = std::move(*realm);
      if (service_type_in(space->document) == to_string(ServiceType::none) && !login->authorization.empty())
        state.pending =
            "AuthenticationService " + text_at(space->document, {"status", "authenticationService", "name"}) +
            " is of type none, which lets everybody do everything and cannot express the rules of "
            "spec.authorization: choose a standard service for the address space";
    }
    state.generation = workspace_.generation(user);
    const json* before = find_at(user.before, {"status"});
    user.document["status"] = messaging_user_status(state, *login, workspace_.login_before(user),
                                                    before == nullptr ? json() : *before, now_);
  }

  Workspace& workspace_;
  const Settings& settings_;
  const std::string_view now_;
  std::vector<Conflict>& conflicts_;
  std::set<Object*> concerned_;                  // users whose status is derived
  std::map<const Object*, std::string> beyond_;  // users that their plan does not allow, and why
  std::map<ObjectRef, std::map<std::string, Object*>> names_;  // of spaces that somebody comes in to: whose
};

}  // namespace

void reconcile_users(Workspace& workspace, const Settings& settings, std::string_view now,
                     std::vector<Conflict>& conflicts) {
  Users(workspace, settings, now, conflicts).reconcile();
}

}  // namespace doorward::resources
