#include "server/rest/managed_fields.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/rest/object_view.hpp"

#include <utility>

namespace doorward::rest {

using nlohmann::json;

namespace {

// All of this is as deep as what was read may be, so recursion is bounded.
bool is_any_held(const json& applied, const json* now) {
  if (is_leaf(applied)) return now != nullptr && *now == applied;
  for (const auto& [name, item] : applied.items()) {
    if (is_any_held(item, field_of(now, name))) return true;
  }
  return false;
}

// As `FieldsV1` has them.
json held_fields(const json& applied, const json* now) {
  json fields = json::object();
  for (const auto& [name, item] : applied.items()) {
    const json* there = field_of(now, name);
    if (is_leaf(item)) {
      if (there != nullptr && *there == item) fields["f:" + name] = json::object();
    } else if (json inner = held_fields(item, there); !inner.empty()) {
      fields["f:" + name] = std::move(inner);
    }
  }
  return fields;
}

}  // namespace

bool is_leaf(const json& value) { return !value.is_object() || value.empty(); }

const json* field_of(const json* object, const std::string& name) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto it = object->find(name);
  return it == object->end() ? nullptr : &*it;
}

Claim Claim::at(const std::string& name, const json* now) const {
  const json* here = field_of(applied_, name);
  if (here == nullptr || !is_leaf(*here)) return {here, holds_around_};
  return {nullptr, holds_around_ || (now != nullptr && *now == *here)};
}

bool Claim::holds(const json* now) const {
  return holds_around_ || (applied_ != nullptr && is_any_held(*applied_, now));
}

json managed_fields(const resources::Kind& kind, const json& document) {
  json entries = json::array();
  const json* applied = resources::find_at(document, {"metadata", applied_field});
  if (applied == nullptr || !applied->is_object()) return entries;
  for (const auto& [manager, config] : applied->items()) {
    if (!config.is_object()) continue;
    json fields = held_fields(config, &document);
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
