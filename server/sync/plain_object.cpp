#include "server/sync/plain_object.hpp"

#include "server/resources/apply.hpp"
#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/redaction.hpp"

#include <initializer_list>
#include <string>
#include <utility>

namespace doorward::sync {

using nlohmann::json;

namespace {

void drop_members(json& object, const std::string& map, std::initializer_list<std::string_view> names) {
  if (!object.is_object() || !object.contains(map) || !object[map].is_object()) return;
  for (const std::string_view name : names) object[map].erase(std::string(name));
  if (object[map].empty()) object.erase(map);
}

}  // namespace

json plain_object(json object) {
  if (!object.is_object()) return object;
  object.erase("status");
  json metadata = json::object();
  for (const std::string_view name : {"name", "namespace", "labels", "annotations"}) {
    if (const json* value = resources::find_at(object, {"metadata", name})) metadata[name] = *value;
  }
  drop_members(metadata, "annotations", {resources::last_applied_annotation});
  object["metadata"] = std::move(metadata);
  return object;
}

json without_owner(json plain) {
  if (plain.is_object() && plain.contains("metadata"))
    drop_members(plain["metadata"], "labels", {set_label, resources::owner_label});
  return plain;
}

}  // namespace doorward::sync
