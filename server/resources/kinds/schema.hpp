#pragma once
// Schemas of resources as data: validation and redaction walk them, and REST makes its OpenAPI document from
// the same value. The functions in `shape` let a schema be written as a table of fields, one a line.
#include "server/resources/document/document.hpp"
#include "server/resources/document/field_errors.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::resources {

struct Schema {
  // `quantity` is a number or text, as Kubernetes writes amounts (`2`, `512Mi`, `25%`).
  enum class Type { object, array, map, string, integer, number, boolean, quantity, any };
  struct Property;
  struct Range {
    std::int64_t min, max;
  };

  Type type = Type::any;
  std::string_view description;
  std::vector<Property> properties;      // object
  std::vector<Schema> items;             // array: the one schema of its elements; map: of its values
  std::vector<std::string_view> values;  // string: the ones allowed; empty: any
  std::optional<Range> range;            // integer
};

// `secret`: never stored in a document and never shown; see redaction.hpp.
enum class Presence { optional, required, secret };

struct Schema::Property {
  std::string_view name;
  Schema schema;
  Presence presence = Presence::optional;
};

namespace shape {

inline constexpr Presence required = Presence::required;
inline constexpr Presence secret = Presence::secret;

Schema object(std::vector<Schema::Property> properties, std::string_view description = {});
Schema array(Schema items, std::string_view description = {});
Schema map(Schema values, std::string_view description = {});
Schema string(std::string_view description = {});
Schema one_of(std::vector<std::string_view> values, std::string_view description = {});
Schema integer(std::string_view description = {});
Schema integer(Schema::Range range, std::string_view description = {});
Schema port(std::string_view description = {});
Schema number(std::string_view description = {});
Schema boolean(std::string_view description = {});
Schema quantity(std::string_view description = {});
Schema any(std::string_view description = {});

// A whole resource: apiVersion, kind, metadata, `spec` and `status`; or what stands in their place.
Schema resource(std::string_view description, Schema spec, Schema status);
Schema resource(std::string_view description, std::vector<Schema::Property> body);

}  // namespace shape

// Every fault of shape: unknown fields, wrong types, missing fields, values that are not in the list.
// Recurses as deep as the schema, not as the value.
FieldErrors check(const Schema& schema, const nlohmann::json& value);

// The property of an object's schema, or null.
const Schema::Property* find_property(const Schema& schema, std::string_view name);

}  // namespace doorward::resources
