#include "server/resources/kinds/stray_secret.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/redaction.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

namespace doorward::resources {

namespace {

using nlohmann::json;
using Secrets = std::set<std::string_view>;

// What is looked for inside of annotations, whose bytes are bounded, too: with more, a search could take
// long.
constexpr std::size_t max_embedded_secrets = 8;
constexpr std::size_t max_embedded_secret_bytes = 2'048;
constexpr std::size_t max_searched_bytes = 256 * 1024;

constexpr std::string_view annotations_path = "metadata.annotations";

void collect_texts(const json& value, Secrets& texts) {
  if (value.is_string() && !value.get_ref<const std::string&>().empty())
    texts.insert(value.get_ref<const std::string&>());
  if (!value.is_structured()) return;
  for (const auto& item : value) collect_texts(item, texts);
}

// The schema of what stands below a name or in a list; null where nothing is known of it.
const Schema* schema_below(const Schema* schema, const std::string& name) {
  if (schema == nullptr) return nullptr;
  if (schema->type == Schema::Type::map) return &schema->items.front();
  if (schema->type != Schema::Type::object) return nullptr;
  const auto* property = find_property(*schema, name);
  return property == nullptr ? nullptr : &property->schema;
}

bool is_secret(const Schema* schema, const std::string& name) {
  if (schema == nullptr || schema->type != Schema::Type::object) return false;
  const auto* property = find_property(*schema, name);
  return property != nullptr && property->presence == Presence::secret;
}

void collect(const Schema* schema, const json& value, Secrets& secrets) {
  if (schema == nullptr) return;
  if (value.is_array() && schema->type == Schema::Type::array) {
    for (const auto& item : value) collect(&schema->items.front(), item, secrets);
  }
  if (!value.is_object()) return;
  for (const auto& [name, item] : value.items()) {
    if (is_secret(schema, name)) {
      collect_texts(item, secrets);
    } else {
      collect(schema_below(schema, name), item, secrets);
    }
  }
}

// Where one of the texts stands, beside the secret fields.
std::optional<std::string> place_of(const Secrets& secrets, const Schema* schema, const json& value,
                                    const std::string& path) {
  if (value.is_string()) {
    if (!secrets.contains(value.get_ref<const std::string&>())) return std::nullopt;
    return path;
  }
  if (value.is_array()) {
    const Schema* items =
        schema != nullptr && schema->type == Schema::Type::array ? &schema->items.front() : nullptr;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (auto found = place_of(secrets, items, value[i], element(path, i))) return found;
    }
  }
  if (!value.is_object()) return std::nullopt;
  for (const auto& [name, item] : value.items()) {
    if (is_secret(schema, name)) continue;
    if (name == last_applied_annotation && path == annotations_path) continue;
    if (auto found = place_of(secrets, schema_below(schema, name), item, field(path, name))) return found;
  }
  return std::nullopt;
}

std::optional<std::string> annotation_with(const Secrets& secrets, const json& object) {
  const json* annotations = find_at(object, {"metadata", "annotations"});
  if (annotations == nullptr || !annotations->is_object() || secrets.size() > max_embedded_secrets)
    return std::nullopt;
  std::size_t searched = 0;
  for (const auto& [name, value] : annotations->items()) {
    if (!value.is_string() || name == last_applied_annotation) continue;
    const auto& text = value.get_ref<const std::string&>();
    searched += text.size();
    if (searched > max_searched_bytes) return std::nullopt;  // an object with so much is refused
    for (const std::string_view secret : secrets) {
      if (secret.size() >= min_embedded_secret_bytes && secret.size() <= max_embedded_secret_bytes &&
          text.contains(secret))
        return field(std::string(annotations_path), name);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<FieldError> stray_secret(const Kind& kind, const json& object) {
  Secrets secrets;
  collect(&kind.schema, object, secrets);
  if (secrets.empty()) return std::nullopt;
  auto place = place_of(secrets, &kind.schema, object, "");
  if (!place) place = annotation_with(secrets, object);
  if (!place) return std::nullopt;
  return FieldError{FieldError::Type::forbidden, std::move(*place),
                    "holds the text of a password or verifier of this object, and would be shown: remove it "
                    "there, or choose another password, written in base64 (`printf %s PASSWORD | base64`)"};
}

}  // namespace doorward::resources
