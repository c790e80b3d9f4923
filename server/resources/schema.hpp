#pragma once
// Schemas of resources as data: validation walks them, and REST makes its OpenAPI document from the same value.
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace doorward::resources {

// A fault of one field, in the words of the Kubernetes API conventions.
struct FieldError {
  enum class Type { required, invalid, not_supported, duplicate, type_invalid, unknown, too_long, forbidden };
  Type type;
  std::string field;    // `spec.authorization[0].addresses[2]`
  std::string message;  // what is wrong and what to do; never a secret value
  bool operator==(const FieldError&) const = default;
};

struct Schema {
  enum class Type { object, array, string, integer, number, boolean, map, any };
  struct Property;

  Type type = Type::any;
  std::string_view description = {};
  std::vector<Property> properties;              // object
  std::vector<Schema> items;                     // array: the one schema of its elements; map: of its values
  std::vector<std::string_view> values;          // string: the ones allowed; empty: any
};

struct Schema::Property {
  std::string_view name;
  Schema schema;
  bool required = false;
};

// Every fault of shape: unknown fields, wrong types, missing fields, values that are not in the list.
std::vector<FieldError> check(const Schema& schema, const nlohmann::json& value);

}  // namespace doorward::resources
