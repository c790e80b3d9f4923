#include "server/resources/plan_counting.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/address.hpp"
#include "server/resources/kinds/messaging_user.hpp"
#include "server/resources/visibility.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace doorward::resources {

using nlohmann::json;
using Object = Workspace::Object;

namespace {

ObjectRef ref_of(const Object& object) { return {object.key.ns, object.key.name}; }

bool was_active(const Object* object) { return text_at(object->before, {"status", "phase"}) == "Active"; }

// Those that are Active first, each part by name.
std::vector<Object*> by_seniority(const std::vector<Object*>& by_name) {
  std::vector<Object*> members, others;
  for (Object* member : by_name) (was_active(member) ? members : others).push_back(member);
  members.insert(members.end(), others.begin(), others.end());
  return members;
}

// A plan is for address spaces of one type.
bool is_for(const json& plan, const json& space) {
  return text_at(plan, {"spec", "addressSpaceType"}) == text_at(space, {"spec", "type"});
}

Object* find_space(Workspace& workspace, const ObjectRef& space) {
  return workspace.find({std::string(store_kind::address_spaces), space.ns, space.name});
}

bool lists(const json& plan, const std::string& address_plan) {
  const json* names = find_at(plan, {"spec", "addressPlans"});
  if (names == nullptr || !names->is_array()) return false;
  return std::any_of(names->begin(), names->end(), [&](const json& name) { return name == address_plan; });
}

// The addresses of one space, taken one after the other.
class AddressCount {
 public:
  AddressCount(Workspace& workspace, const Settings& settings, const ObjectRef& ref)
      : workspace_(workspace), settings_(settings), ref_(ref), space_(find_space(workspace, ref)) {
    if (space_ != nullptr) plan_ = plan_of(workspace, settings, *space_);
    if (plan_ != nullptr) allowance_ = Allowance(amounts_at(plan_->document, "resourceLimits"));
  }

  bool has_space() const { return space_ != nullptr; }

  // Takes what `others` have. False: they do not all fit, or not all of their plans are there.
  bool take(const OtherAddresses& others) {
    if (plan_ == nullptr) return true;
    return std::ranges::all_of(others.by_plan, [&](const auto& entry) {
      const Object* plan = seen_from(workspace_, settings_, ref_.ns, store_kind::address_plans, entry.first);
      return plan != nullptr && !allowance_.take(amounts_at(plan->document, "resources"), entry.second);
    });
  }

  // What keeps the address from being ready, a sentence each.
  std::vector<std::string> take(const Object& object) {
    if (space_ == nullptr)
      return {"AddressSpace " + ref_.text() + " does not exist: the address becomes Active when it does"};
    std::vector<std::string> messages;
    const std::string name = text_at(object.document, {"spec", "plan"});
    const std::string type = text_at(object.document, {"spec", "type"});
    const Object* address_plan = seen_from(workspace_, settings_, ref_.ns, store_kind::address_plans, name);
    if (address_plan == nullptr) {
      messages.push_back("AddressPlan " + quoted(name) + " does not exist");
    } else if (const std::string of = text_at(address_plan->document, {"spec", "addressType"}); of != type) {
      messages.push_back("AddressPlan " + quoted(name) + " is for addresses of type " + of + ", not " + type);
    }
    if (plan_ != nullptr && !lists(plan_->document, name))
      messages.push_back("AddressSpacePlan " + quoted(plan_->key.name) + " does not list the AddressPlan " +
                         quoted(name) + " in its addressPlans");
    const std::string address = text_at(object.document, {"spec", "address"});
    if (const auto [holder, is_first] = by_address_.emplace(address, &object); !is_first)
      messages.push_back("Address " + holder->second->key.ns + "/" + holder->second->key.name + " is " +
                         quoted(address) + " already");
    if (!messages.empty() || plan_ == nullptr) return messages;
    if (const auto too_little = allowance_.take(amounts_at(address_plan->document, "resources")))
      messages.push_back("AddressSpacePlan " + quoted(plan_->key.name) + " allows " + *too_little);
    return messages;
  }

 private:
  Workspace& workspace_;
  const Settings& settings_;
  const ObjectRef& ref_;
  const Object* space_;
  const Object* plan_ = nullptr;
  Allowance allowance_{{}};
  std::map<std::string, const Object*> by_address_;
};

// Of a write of one address, where all others are Active and stay so: then it is the last one that is
// counted. False, and nothing is done: all of them have to be looked at.
bool count_one_address(Workspace& workspace, const Settings& settings, const ObjectRef& ref) {
  Object* one = nullptr;
  for (Object* touched : workspace.touched(store_kind::addresses)) {
    if (touched->key.ns != ref.ns || address_space_of(touched->key.name) != ref.name) continue;
    if (one != nullptr) return false;
    one = touched;
  }
  if (one == nullptr) return false;
  AddressCount count(workspace, settings, ref);
  if (count.has_space()) {
    if (settings.address_book == nullptr) return false;
    const std::string address = one->exists() ? text_at(one->document, {"spec", "address"}) : "";
    const auto others = settings.address_book->others(workspace.store(), ref, one->key.name, address);
    if (!others || others->waiting > 0 || others->has_it || !count.take(*others)) return false;
  }
  if (!one->exists()) return true;
  const auto messages = count.take(*one);
  // One that was Active before others came may be kept in the place of one of them.
  if (!messages.empty() && was_active(one)) return false;
  one->document["status"] = address_status(messages);
  return true;
}

// Of the users of one space.
struct UserLimit {
  std::string plan;
  double allowed = 0;

  std::string allows() const {
    return "AddressSpacePlan " + quoted(plan) + " allows " + amount_text(allowed) + " users (" +
           std::string(users_limit) + ") for each address space, and ";
  }
  std::string reason(const ObjectRef& space, std::uint64_t users) const {
    return allows() + space.text() + " would have " + std::to_string(users);
  }
  std::string waiting(const ObjectRef& space) const {
    return allows() + space.text() + " has no fewer: the user becomes Active when there is room";
  }
};

std::optional<UserLimit> user_limit(Workspace& workspace, const Settings& settings, const ObjectRef& ref) {
  const Object* space = find_space(workspace, ref);
  const Object* plan = space == nullptr ? nullptr : plan_of(workspace, settings, *space);
  if (plan == nullptr) return std::nullopt;
  const json* limit = find_at(plan->document, {"spec", "resourceLimits", users_limit});
  if (limit == nullptr || !limit->is_number()) return std::nullopt;
  return UserLimit{plan->key.name, std::floor(limit->get<double>())};
}

// Whether its users could be counted before this write. Those that are Active then stay so, though there be
// less room now; where there was no plan, or no space, the order in which things come must not matter.
bool had_plan(Workspace& workspace, const Settings& settings, const ObjectRef& ref) {
  const Object* space = find_space(workspace, ref);
  const Object* plan = space == nullptr || !space->existed()
                           ? nullptr
                           : seen_from(workspace, settings, ref.ns, store_kind::address_space_plans,
                                       text_at(space->before, {"spec", "plan"}));
  return plan != nullptr && plan->existed() && is_for(plan->before, space->before);
}

}  // namespace

Object* named_plan(Workspace& workspace, const Settings& settings, const Object& space) {
  return seen_from(workspace, settings, space.key.ns, store_kind::address_space_plans,
                   text_at(space.document, {"spec", "plan"}));
}

Object* plan_of(Workspace& workspace, const Settings& settings, const Object& space) {
  Object* plan = named_plan(workspace, settings, space);
  return plan != nullptr && is_for(plan->document, space.document) ? plan : nullptr;
}

std::set<ObjectRef> spaces_of_touched(Workspace& workspace, std::string_view member_kind) {
  std::set<ObjectRef> spaces;
  for (const Object* member : workspace.touched(member_kind))
    spaces.insert({member->key.ns, std::string(address_space_of(member->key.name))});
  return spaces;
}

std::set<ObjectRef> replanned_spaces(Workspace& workspace, const Settings& settings) {
  std::set<ObjectRef> spaces;
  for (const Object* space : workspace.changed(store_kind::address_spaces)) {
    if (space->exists() != space->existed() ||
        text_at(space->document, {"spec", "plan"}) != text_at(space->before, {"spec", "plan"}) ||
        text_at(space->document, {"spec", "type"}) != text_at(space->before, {"spec", "type"}))
      spaces.insert(ref_of(*space));
  }
  if (workspace.changed(store_kind::address_space_plans).empty()) return spaces;
  for (const Object* space : workspace.all(store_kind::address_spaces)) {
    const Object* plan = plan_of(workspace, settings, *space);
    if (plan == nullptr || plan->document != plan->before) spaces.insert(ref_of(*space));
  }
  return spaces;
}

void count_addresses(Workspace& workspace, const Settings& settings) {
  std::set<ObjectRef> whole = replanned_spaces(workspace, settings);
  if (!workspace.changed(store_kind::address_plans).empty()) {
    for (const Object* space : workspace.all(store_kind::address_spaces)) whole.insert(ref_of(*space));
  }
  for (const ObjectRef& space : spaces_of_touched(workspace, store_kind::addresses)) {
    if (!whole.contains(space) && !count_one_address(workspace, settings, space)) whole.insert(space);
  }
  for (const ObjectRef& space : whole) {
    AddressCount count(workspace, settings, space);
    for (Object* address : by_seniority(workspace.members_of(store_kind::addresses, space)))
      address->document["status"] = address_status(count.take(*address));
  }
}

UserCount count_users(Workspace& workspace, const Settings& settings, const ObjectRef& ref) {
  const auto limit = user_limit(workspace, settings, ref);
  if (!limit) return {};
  const std::vector<Object*> users = by_seniority(workspace.members_of(store_kind::messaging_users, ref));
  UserCount count{.beyond = {}, .reason = limit->reason(ref, users.size()), .waiting = limit->waiting(ref)};
  const bool who_is_in_stays = had_plan(workspace, settings, ref);
  for (std::size_t i = 0; i < users.size(); ++i) {
    if (static_cast<double>(i) < limit->allowed || (who_is_in_stays && was_active(users[i]))) continue;
    count.beyond.push_back(users[i]);
  }
  return count;
}

std::optional<UserCount> count_new_users(Workspace& workspace, const Settings& settings,
                                         const ObjectRef& ref) {
  const auto limit = user_limit(workspace, settings, ref);
  if (!limit) return UserCount();
  if (settings.members == nullptr) return std::nullopt;
  const auto before = settings.members->of(workspace.store(), store_kind::messaging_users, ref);
  if (!before || static_cast<double>(*before) > limit->allowed) return std::nullopt;
  std::vector<Object*> made;
  std::uint64_t gone = 0;
  for (Object* user : workspace.touched(store_kind::messaging_users)) {
    if (user->key.ns != ref.ns || address_space_of(user->key.name) != ref.name) continue;
    if (user->exists() && !user->existed()) made.push_back(user);
    if (!user->exists() && user->existed()) ++gone;
  }
  const std::uint64_t after = *before + made.size() - gone;
  UserCount count;
  for (double over = static_cast<double>(after) - limit->allowed; over > 0 && !made.empty(); --over) {
    count.beyond.push_back(made.back());
    made.pop_back();
  }
  if (count.beyond.empty()) return count;
  count.reason = limit->reason(ref, after);
  count.waiting = limit->waiting(ref);
  return count;
}

}  // namespace doorward::resources
