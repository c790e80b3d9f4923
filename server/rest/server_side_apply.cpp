#include "server/rest/server_side_apply.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/redaction.hpp"
#include "server/rest/managed_fields.hpp"
#include "server/rest/object_view.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <utility>

namespace doorward::rest {

using nlohmann::json;

namespace {

// What a manager can own: neither what names the object nor what the server sets.
json ownable(const resources::Kind& kind, const json& config) {
  json out = config;
  for (const std::string_view name : {"apiVersion", "kind", "status"}) out.erase(std::string(name));
  json metadata = json::object();
  for (const std::string_view name : {"labels", "annotations"}) {
    if (const json* value = resources::find_at(config, {"metadata", name})) metadata[name] = *value;
  }
  out["metadata"] = std::move(metadata);
  if (out["metadata"].empty()) out.erase("metadata");
  resources::redact(kind, out);  // the password is taken, and kept by nobody
  return out;
}

// As deep as what was read may be.
void merge(json& target, const json& config) {
  if (!config.is_object() || !target.is_object()) {
    target = config;
    return;
  }
  for (const auto& [name, value] : config.items()) merge(target[name], value);
}

struct Other {
  const std::string* manager;
  Claim claim;
};
using Others = std::vector<Other>;

// Those who have a claim at the field or around it; nobody else has one further down.
Others at_field(const Others& others, const std::string& name, const json* now) {
  Others there;
  for (const Other& other : others) {
    if (Claim claim = other.claim.at(name, now); !claim.is_empty()) there.push_back({other.manager, claim});
  }
  return there;
}

// What a manager wants otherwise than another one who owns it. All are counted, some are named: the paths of
// all could be far larger than the two documents.
class Conflicts {
 public:
  Conflicts(const json& wanted, const json& object, const Others& others) { look(wanted, &object, others); }

  bool empty() const { return count_ == 0; }

  std::unexpected<Failure> failure(const resources::Kind& kind, const json& object) && {
    std::string message =
        "Apply failed with " + std::to_string(count_) + (count_ == 1 ? " conflict: " : " conflicts: ");
    for (std::size_t i = 0; i < causes_.size(); ++i)
      message += (i == 0 ? "" : ", ") + causes_[i].message + ": " + causes_[i].field;
    if (count_ > causes_.size()) message += ", and " + std::to_string(count_ - causes_.size()) + " more";
    Failure failure{409,
                    "Conflict",
                    std::move(message),
                    std::string(kind.group),
                    std::string(kind.plural()),
                    resources::text_at(object, {"metadata", "name"})};
    failure.causes = std::move(causes_);
    return std::unexpected(std::move(failure));
  }

 private:
  void look(const json& wanted, const json* now, const Others& others) {
    if (others.empty()) return;
    if (!is_leaf(wanted)) {
      for (const auto& [name, item] : wanted.items()) {
        const json* there = field_of(now, name);
        path_.push_back(&name);
        look(item, there, at_field(others, name, there));
        path_.pop_back();
      }
      return;
    }
    const bool only_around =
        wanted.is_object() && now != nullptr && now->is_object();  // an empty one takes nothing
    if (only_around || (now != nullptr && *now == wanted)) return;
    for (const auto& [manager, claim] : others) {
      if (claim.holds(now)) add(*manager);
    }
  }

  void add(const std::string& manager) {
    if (++count_ > max_named_conflicts) return;
    std::string field;  // `.spec.username`
    for (const std::string* name : path_) field += "." + (name->size() > 256 ? quoted(*name, 256) : *name);
    causes_.push_back({"FieldManagerConflict", "conflict with " + quoted(manager, 256), std::move(field)});
  }

  std::vector<const std::string*> path_;
  std::size_t count_ = 0;
  std::vector<Cause> causes_;
};

// Removes from `merged` what the manager applied `before`, still owns, wants no more and shares with nobody,
// and the objects around it that become empty. Whether there was any.
bool take_back(json& merged, const json& before, const json* now, const json* wanted, const Others& others) {
  bool any = false;
  for (const auto& [name, item] : before.items()) {
    const auto it = merged.is_object() ? merged.find(name) : merged.end();
    if (it == merged.end()) continue;
    const json* there = field_of(now, name);
    const json* still_wanted = field_of(wanted, name);
    const Others there_too = at_field(others, name, there);
    if (!is_leaf(item)) {
      if (!take_back(*it, item, there, still_wanted, there_too)) continue;
      any = true;
      if (it->empty()) merged.erase(it);
      continue;
    }
    const bool is_shared =
        std::ranges::any_of(there_too, [&](const Other& other) { return other.claim.holds(there); });
    if (still_wanted != nullptr || is_shared || there == nullptr || *there != item) continue;
    merged.erase(it);
    any = true;
  }
  return any;
}

}  // namespace

Reply<Edited> server_side_apply(const resources::Kind& kind, const Current& current, json config,
                                std::string_view manager, bool force) {
  if (!config.is_object()) return bad_request("the body must be an object");
  if (const json* managed = resources::find_at(config, {"metadata", "managedFields"});
      managed != nullptr && !managed->empty())
    return bad_request("metadata.managedFields must be nil");
  if (manager.empty()) return unprocessable("fieldManager: Required value: is required for apply patch");
  resources::drop_nulls(config);

  json applied = json::object();
  if (const json* before = resources::find_at(current.document, {"metadata", applied_field});
      before != nullptr)
    applied = *before;
  const json wanted = ownable(kind, config);
  const json object = current.exists() ? current.object : json::object();
  const std::string own(manager);

  Others others;
  for (const auto& [name, document] : applied.items()) {
    if (name != own) others.push_back({&name, Claim(document)});
  }
  if (Conflicts conflicts(wanted, object, others); !conflicts.empty() && !force)
    return std::move(conflicts).failure(kind, object);

  json merged = object;
  if (applied.contains(own)) take_back(merged, applied[own], &object, &wanted, others);
  merge(merged, config);
  applied[own] = wanted;
  if (applied.size() > max_managers)
    return unprocessable("more than " + std::to_string(max_managers) +
                         " managers applied this object: apply it with one of their names (--field-manager)");
  if (resources::to_text(applied).size() > max_applied_bytes)
    return unprocessable("what all managers applied to this object takes more than " +
                         std::to_string(max_applied_bytes) +
                         " bytes: apply it with the name of one of them (--field-manager)");
  return Edited{.object = std::move(merged), .applied = std::move(applied)};
}

}  // namespace doorward::rest
