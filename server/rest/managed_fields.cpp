#include "server/rest/managed_fields.hpp"

#include "server/resources/json_access.hpp"
#include "server/rest/object_view.hpp"

#include <utility>

namespace doorward::rest {

using nlohmann::json;

namespace {

// As deep as what was read may be, so recursion is bounded.
void collect(const json& value, FieldPath& path, std::vector<FieldPath>& out) {
  if (!value.is_object() || value.empty()) {
    if (!path.empty()) out.push_back(path);
    return;
  }
  for (const auto& [name, item] : value.items()) {
    path.push_back(name);
    collect(item, path, out);
    path.pop_back();
  }
}

}  // namespace

std::string to_text(const FieldPath& path) {
  std::string text;
  for (const std::string& name : path) text += "." + name;
  return text;
}

std::vector<FieldPath> leaves(const json& document) {
  std::vector<FieldPath> out;
  FieldPath path;
  collect(document, path, out);
  return out;
}

const json* value_at(const json& document, const FieldPath& path) {
  const json* at = &document;
  for (const std::string& name : path) {
    if (!at->is_object()) return nullptr;
    const auto it = at->find(name);
    if (it == at->end()) return nullptr;
    at = &*it;
  }
  return at;
}

void remove_at(json& document, const FieldPath& path) {
  std::vector<json*> parents{&document};
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    if (!parents.back()->is_object() || !parents.back()->contains(path[i])) return;
    parents.push_back(&(*parents.back())[path[i]]);
  }
  for (std::size_t i = path.size(); i-- > 0;) {
    if (!parents[i]->is_object()) return;
    parents[i]->erase(path[i]);
    if (!parents[i]->empty() || i == 0) return;
  }
}

json managed_fields(const resources::Kind& kind, const json& document) {
  json entries = json::array();
  const json* applied = resources::find_at(document, {"metadata", applied_field});
  if (applied == nullptr || !applied->is_object()) return entries;
  for (const auto& [manager, config] : applied->items()) {
    json fields = json::object();
    for (const FieldPath& path : leaves(config)) {
      const json* now = value_at(document, path);
      if (now == nullptr || *now != *value_at(config, path)) continue;
      json* at = &fields;
      for (const std::string& name : path) at = &(*at)["f:" + name];
      if (at->is_null()) *at = json::object();
    }
    if (fields.empty()) continue;
    entries.push_back({{"manager", manager},
                       {"operation", "Apply"},
                       {"apiVersion", kind.api_version()},
                       {"fieldsType", "FieldsV1"},
                       {"fieldsV1", std::move(fields)}});
  }
  return entries;
}

}  // namespace doorward::rest
