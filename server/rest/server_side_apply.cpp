#include "server/rest/server_side_apply.hpp"

#include "server/resources/json_access.hpp"
#include "server/resources/redaction.hpp"
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

bool is_part_of(const FieldPath& part, const FieldPath& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

// Whether the manager who applied `config` still owns the field or something in or around it: the object has
// it as it was applied.
bool owns(const json& config, const json& object, const FieldPath& path) {
  return std::ranges::any_of(leaves(config), [&](const FieldPath& leaf) {
    if (!is_part_of(leaf, path) && !is_part_of(path, leaf)) return false;
    const json* now = value_at(object, leaf);
    return now != nullptr && *now == *value_at(config, leaf);
  });
}

bool another_owns(const json& applied, const std::string& own, const json& object, const FieldPath& path) {
  for (const auto& [manager, config] : applied.items()) {
    if (manager != own && owns(config, object, path)) return true;
  }
  return false;
}

std::unexpected<Failure> conflicts_failure(const resources::Kind& kind, const json& object,
                                           std::vector<Cause> causes) {
  const std::string count = std::to_string(causes.size());
  std::string message = "Apply failed with " + count + (causes.size() == 1 ? " conflict: " : " conflicts: ");
  for (std::size_t i = 0; i < causes.size(); ++i)
    message += (i == 0 ? "" : ", ") + causes[i].message + ": " + causes[i].field;
  Failure failure{409,
                  "Conflict",
                  std::move(message),
                  std::string(kind.group),
                  std::string(kind.plural()),
                  resources::text_at(object, {"metadata", "name"})};
  failure.causes = std::move(causes);
  return std::unexpected(std::move(failure));
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

  std::vector<Cause> causes;
  for (const FieldPath& path : leaves(wanted)) {
    const json* now = value_at(object, path);
    const json& value = *value_at(wanted, path);
    const bool only_around =
        value.is_object() && now != nullptr && now->is_object();  // an empty one takes nothing
    if (only_around || (now != nullptr && *now == value)) continue;
    for (const auto& [other, document] : applied.items()) {
      if (other != own && owns(document, object, path))
        causes.push_back({"FieldManagerConflict", "conflict with " + quoted(other, 256), to_text(path)});
    }
  }
  if (!causes.empty() && !force) return conflicts_failure(kind, object, std::move(causes));

  json merged = object;
  if (applied.contains(own)) {
    const json before = applied[own];
    for (const FieldPath& path : leaves(before)) {
      const bool still_wanted = value_at(wanted, path) != nullptr;
      const bool another_has_it = another_owns(applied, own, object, path);
      if (!still_wanted && !another_has_it && owns(before, object, path)) remove_at(merged, path);
    }
  }
  merge(merged, config);
  applied[own] = wanted;
  if (applied.size() > max_managers)
    return unprocessable("more than " + std::to_string(max_managers) +
                         " managers applied this object: apply it with one of their names (--field-manager)");
  return Edited{.object = std::move(merged), .applied = std::move(applied)};
}

}  // namespace doorward::rest
