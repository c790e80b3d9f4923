#include "server/resources/findings.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/prepare.hpp"
#include "server/resources/user_conflicts.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <string>
#include <tuple>
#include <utility>

namespace doorward::resources {

using nlohmann::json;

namespace {

FieldError of_store(const ObjectKey& key, const Error& error) {
  return {FieldError::Type::duplicate, {}, error.message.substr(key.text().size() + 2)};
}

}  // namespace

std::vector<Fault> in_order(std::vector<Fault> faults) {
  std::ranges::sort(faults, {},
                    [](const Fault& f) { return std::tie(f.file, f.line, f.object, f.field, f.message); });
  return faults;
}

// What others made of the object in the store is no fault of the manifest: that it cannot be changed so, or
// has lost the password that the manifest leaves to it. On a new store nobody can have done that.
void Findings::put_failed(const Manifest& manifest, FieldError error, bool in_use) {
  const auto* object = workspace_.find(manifest.key);
  const auto& is_change = manifest.kind->validate_change;
  const bool of_change = is_change != nullptr && object != nullptr && object->existed() &&
                         !is_change(object->before, object->document).empty();
  const bool of_use =
      in_use && error.type == FieldError::Type::required && error.field == "spec.authentication.password";
  if (of_change || of_use) return hold(manifest.key, std::move(error));
  fault(manifest.key, std::move(error));
}

void Findings::judge(std::vector<Conflict> conflicts) {
  UserConflicts users = user_conflicts(workspace_);
  for (auto& conflict : users.among_them) fault(conflict.key, std::move(conflict.error));
  for (auto& conflict : users.with_others) hold(conflict.key, std::move(conflict.error));
  for (auto& conflict : conflicts) {
    if (conflict.waits || to_hold_.contains(conflict.key)) continue;
    if (!is_put(conflict.key)) {
      hold_services_of(conflict);
    } else if (conflict.holder && !is_put(*conflict.holder)) {
      hold(conflict.key, std::move(conflict.error));
    } else {
      fault(conflict.key, std::move(conflict.error));
    }
  }
}

// Nothing but a service that changes puts an address space in conflict that the set does not put.
void Findings::hold_services_of(const Conflict& conflict) {
  const auto* space = workspace_.find(conflict.key);
  if (space == nullptr) return fault(conflict.key, conflict.error);
  std::vector<const Workspace::Object*> changed;
  for (const auto* service : workspace_.touched(store_kind::authentication_services)) {
    const json* now = find_at(service->document, {"spec"});
    const json* before = find_at(service->before, {"spec"});
    if (now == nullptr || before == nullptr || *now != *before) changed.push_back(service);
  }
  const auto is_its_own = [&](const Workspace::Object* service) {
    const auto named = [&](const json& document, std::string_view where) {
      return text_at(document, {where, "authenticationService", "name"}) == service->key.name;
    };
    return named(space->document, "status") || named(space->before, "status") ||
           named(space->document, "spec");
  };
  const bool any_is = std::ranges::any_of(changed, is_its_own);
  if (changed.empty()) return fault(conflict.key, conflict.error);
  for (const auto* service : changed) {
    if (any_is && !is_its_own(service)) continue;
    hold(service->key, {conflict.error.type,
                        {},
                        object_text(*space->kind, space->key) + " would be in conflict: " +
                            conflict.error.field + ": " + conflict.error.message});
  }
}

// What stays as it was, and is in the way all the same, leaves nothing that could be done.
void Findings::hold(const ObjectKey& key, FieldError error) {
  if (held_.contains(key)) return fault(key, std::move(error));
  to_hold_.emplace(key, fault_at(key, std::move(error)));
}

bool Findings::hold_more() {
  const bool any = !to_hold_.empty();
  held_.merge(to_hold_);
  return any;
}

bool Findings::hold_for(const Error& error) {
  if (error.code != ErrorCode::already_exists) return false;
  for (const auto* space : workspace_.changed(store_kind::address_spaces)) {
    if (is_put(space->key) || !error.message.starts_with(space->key.text() + ": ")) continue;
    hold_services_of({space->key, of_store(space->key, error)});
    return !any_fault() && hold_more();
  }
  const Manifest* manifest = at_fault(error);
  if (manifest == nullptr || held_.contains(manifest->key)) return false;
  hold(manifest->key, of_store(manifest->key, error));
  return hold_more();
}

void Findings::fault(const ObjectKey& key, FieldError error) {
  faults_.push_back(fault_at(key, std::move(error)));
}

Fault Findings::fault_at(const ObjectKey& key, FieldError error) const {
  if (const auto it = manifests_.find(key); it != manifests_.end())
    return fault_of(*it->second, std::move(error));
  const Kind* kind = find_kind(key.kind);
  return {{},
          0,
          kind == nullptr ? key.text() : object_text(*kind, key) + " (in the store)",
          std::move(error.field),
          std::move(error.message)};
}

ApplyRefusal Findings::refusal(bool retry) {
  // All that keeps the set from being applied as it is.
  std::ranges::copy(to_hold_ | std::views::values, std::back_inserter(faults_));
  std::ranges::copy(held_ | std::views::values, std::back_inserter(faults_));
  return {in_order(std::move(faults_)), retry};
}

ApplyRefusal Findings::refusal(const Error& error) {
  if (const Manifest* manifest = at_fault(error)) {
    fault(manifest->key, of_store(manifest->key, error));
  } else {
    faults_.push_back({{}, 0, {}, {}, error.message});
  }
  return refusal(error.code == ErrorCode::unavailable);
}

// The store begins its message with the object that is at fault, where it is one.
const Manifest* Findings::at_fault(const Error& error) const {
  const auto found = std::ranges::find_if(
      manifests_, [&](const auto& entry) { return error.message.starts_with(entry.first.text() + ": "); });
  return found == manifests_.end() ? nullptr : found->second;
}

}  // namespace doorward::resources
