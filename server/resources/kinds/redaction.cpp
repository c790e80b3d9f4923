#include "server/resources/kinds/redaction.hpp"

#include "server/resources/document/json_access.hpp"
#include "store/model/secret.hpp"

#include <string>

namespace doorward::resources {

namespace {

using nlohmann::json;

constexpr int max_depth = 64;

enum class Unknown { keep, drop };

void wipe_texts(json& value) {
  if (value.is_string()) wipe(value.get_ref<std::string&>());
  if (value.is_structured()) {
    for (auto& item : value) wipe_texts(item);
  }
}

void remove_secrets(const Schema& schema, json& value, Unknown unknown) {
  if (value.is_array() && schema.type == Schema::Type::array) {
    for (auto& item : value) remove_secrets(schema.items.front(), item, unknown);
  }
  if (!value.is_object()) return;
  if (schema.type == Schema::Type::map) {
    for (auto& item : value) remove_secrets(schema.items.front(), item, unknown);
  }
  if (schema.type != Schema::Type::object) return;
  for (auto it = value.begin(); it != value.end();) {
    const auto* property = find_property(schema, it.key());
    const bool drop = property == nullptr ? unknown == Unknown::drop : property->presence == Presence::secret;
    if (drop) {
      wipe_texts(*it);
      it = value.erase(it);
    } else {
      if (property != nullptr) remove_secrets(property->schema, *it, unknown);
      ++it;
    }
  }
}

// As kubectl writes it, to the byte: so that a manifest without secrets is the one that it has applied, and
// it says `unchanged` of it. (Go escapes what HTML would read, and ends with a line end.)
std::string as_kubectl_writes(const json& manifest) {
  std::string out;
  for (const char c : to_text(manifest)) {
    switch (c) {
      case '<':
        out += "\\u003c";
        break;
      case '>':
        out += "\\u003e";
        break;
      case '&':
        out += "\\u0026";
        break;
      default:
        out += c;
    }
  }
  return out + "\n";
}

// The text as JSON of bounded depth, or discarded.
json parse_bounded(const std::string& text) {
  bool too_deep = false;
  json value = json::parse(
      text,
      [&](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > max_depth;
        return !too_deep;
      },
      false);
  return too_deep ? json(json::value_t::discarded) : value;
}

}  // namespace

void redact(const Kind& kind, json& object) {
  remove_secrets(kind.schema, object, Unknown::keep);
  const json* annotations = find_at(object, {"metadata", "annotations"});
  if (annotations == nullptr || !annotations->contains(last_applied_annotation)) return;
  json& kept = object["metadata"]["annotations"];

  json manifest = parse_bounded(text_at(kept, {last_applied_annotation}));
  if (manifest.is_object() && text_at(manifest, {"kind"}) == kind.name &&
      kind.reads(text_at(manifest, {"apiVersion"}))) {
    // A mistyped field is unknown to the schema, and may be a secret all the same.
    remove_secrets(kind.schema, manifest, Unknown::drop);
    if (const json* inner = find_at(manifest, {"metadata", "annotations"});
        inner != nullptr && inner->is_object())
      manifest["metadata"]["annotations"].erase(last_applied_annotation);
    kept[last_applied_annotation] = as_kubectl_writes(manifest);
  } else {
    kept.erase(last_applied_annotation);
  }
}

}  // namespace doorward::resources
