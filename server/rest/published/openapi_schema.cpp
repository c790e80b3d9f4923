// A schema of the catalogue in the terms of OpenAPI 3.0.
#include "server/rest/published/openapi.hpp"

namespace doorward::rest {
namespace {

using nlohmann::json;
using resources::Presence;
using resources::Schema;

json object_schema(const Schema& schema) {
  json properties = json::object(), required = json::array();
  for (const Schema::Property& property : schema.properties) {
    json described = openapi_schema(property.schema);
    // Goes in, and never comes out.
    if (property.presence == Presence::secret) described["writeOnly"] = true;
    if (property.presence == Presence::required) required.push_back(property.name);
    properties[std::string(property.name)] = std::move(described);
  }
  json object{{"type", "object"}, {"properties", properties}};
  if (!required.empty()) object["required"] = required;
  return object;
}

json without_description(const Schema& schema) {
  switch (schema.type) {
    case Schema::Type::object:
      return object_schema(schema);
    case Schema::Type::map:
      return {{"type", "object"}, {"additionalProperties", openapi_schema(schema.items.front())}};
    case Schema::Type::array:
      return {{"type", "array"}, {"items", openapi_schema(schema.items.front())}};
    case Schema::Type::string: {
      json text{{"type", "string"}};
      if (!schema.values.empty()) text["enum"] = schema.values;
      return text;
    }
    case Schema::Type::integer: {
      json number{{"type", "integer"}, {"format", "int64"}};
      if (schema.range) {
        number["minimum"] = schema.range->min;
        number["maximum"] = schema.range->max;
      }
      return number;
    }
    case Schema::Type::number:
      return {{"type", "number"}};
    case Schema::Type::boolean:
      return {{"type", "boolean"}};
    case Schema::Type::quantity:
      return {{"anyOf", json::array({{{"type", "string"}}, {{"type", "number"}}})},
              {"x-kubernetes-int-or-string", true}};
    case Schema::Type::any:
      break;
  }
  return {{"x-kubernetes-preserve-unknown-fields", true}};
}

}  // namespace

json openapi_schema(const Schema& schema) {
  json described = without_description(schema);
  if (!schema.description.empty()) described["description"] = schema.description;
  return described;
}

}  // namespace doorward::rest
