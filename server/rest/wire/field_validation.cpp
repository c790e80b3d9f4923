#include "server/rest/wire/field_validation.hpp"

#include "store/model/names.hpp"

#include <utility>

namespace doorward::rest {

using nlohmann::json;
using resources::Schema;

namespace {

constexpr std::size_t max_named = 64;

// Recurses as deep as the schema.
void prune(const Schema& schema, json& value, const std::string& path, std::vector<std::string>& unknown) {
  if (schema.type == Schema::Type::array && value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      prune(schema.items.front(), value[i], resources::element(path, i), unknown);
  }
  if (!value.is_object()) return;
  if (schema.type == Schema::Type::map) {
    for (auto& [name, item] : value.items())
      prune(schema.items.front(), item, resources::field(path, name), unknown);
  }
  if (schema.type != Schema::Type::object) return;
  for (auto it = value.begin(); it != value.end();) {
    const std::string where = resources::field(path, it.key());
    if (const auto* property = resources::find_property(schema, it.key())) {
      prune(property->schema, *it, where, unknown);
      ++it;
    } else {
      if (unknown.size() < max_named) unknown.push_back(where);
      it = value.erase(it);
    }
  }
}

}  // namespace

Reply<FieldValidation> field_validation(std::string_view parameter) {
  if (parameter.empty() || parameter == "Warn") return FieldValidation::warn;
  if (parameter == "Strict") return FieldValidation::strict;
  if (parameter == "Ignore") return FieldValidation::ignore;
  return unprocessable("fieldValidation: Unsupported value: " + quoted(parameter) +
                       ": supported values: \"Ignore\", \"Strict\", \"Warn\"");
}

std::vector<std::string> prune_unknown(const resources::Kind& kind, json& object) {
  std::vector<std::string> unknown;
  prune(kind.schema, object, "", unknown);
  return unknown;
}

Reply<std::vector<std::string>> validate_fields(const resources::Kind& kind, json& object,
                                                const std::vector<std::string>& duplicates,
                                                FieldValidation how) {
  std::vector<std::string> found;
  for (const std::string& path : prune_unknown(kind, object)) {
    if (found.size() < max_named) found.push_back("unknown field " + quoted(path, 256));
  }
  for (const std::string& path : duplicates) {
    if (found.size() < max_named) found.push_back("duplicate field " + quoted(path, 256));
  }
  if (how == FieldValidation::ignore) return {};
  if (how == FieldValidation::warn || found.empty()) return found;
  std::string message;
  for (const std::string& one : found) message += (message.empty() ? "" : ", ") + one;
  return bad_request(std::string(kind.name) + " in version " + quoted(kind.version) +
                     " cannot be handled as a " + std::string(kind.name) +
                     ": strict decoding error: " + message);
}

}  // namespace doorward::rest
