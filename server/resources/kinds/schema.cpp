#include "server/resources/kinds/schema.hpp"

#include "store/model/names.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace doorward::resources {

namespace {

using nlohmann::json;
using Type = FieldError::Type;

std::string_view noun(const json& value) {
  switch (value.type()) {
    case json::value_t::object:
      return "a mapping";
    case json::value_t::array:
      return "a list";
    case json::value_t::string:
      return "text";
    case json::value_t::boolean:
      return "a boolean";
    case json::value_t::null:
      return "nothing";
    default:
      return "a number";
  }
}

std::string_view noun(Schema::Type type) {
  switch (type) {
    case Schema::Type::object:
    case Schema::Type::map:
      return "a mapping";
    case Schema::Type::array:
      return "a list";
    case Schema::Type::string:
      return "text";
    case Schema::Type::integer:
      return "a whole number";
    case Schema::Type::number:
      return "a number";
    case Schema::Type::boolean:
      return "true or false";
    case Schema::Type::quantity:
      return "a number or text";
    case Schema::Type::any:
      break;
  }
  return "a value";
}

bool has_type(Schema::Type type, const json& value) {
  switch (type) {
    case Schema::Type::object:
    case Schema::Type::map:
      return value.is_object();
    case Schema::Type::array:
      return value.is_array();
    case Schema::Type::string:
      return value.is_string();
    case Schema::Type::integer:
      return value.is_number_integer();
    case Schema::Type::number:
      return value.is_number();
    case Schema::Type::boolean:
      return value.is_boolean();
    case Schema::Type::quantity:
      return value.is_number() || value.is_string();
    case Schema::Type::any:
      return !value.is_null();
  }
  return false;
}

// `"a", "b" or "c"`
std::string listed(const std::vector<std::string_view>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text.append("\"").append(words[i]).append("\"");
  }
  return text;
}

std::string known_fields(const Schema& schema) {
  std::string text;
  for (const auto& property : schema.properties) text.append(text.empty() ? "" : ", ").append(property.name);
  return text;
}

class Check {
 public:
  FieldErrors errors;

  void value(const Schema& schema, const json& value, const std::string& path) {
    if (!has_type(schema.type, value)) {
      std::string message = "must be " + std::string(noun(schema.type));
      const bool has_fraction = schema.type == Schema::Type::integer && value.is_number_float();
      message += has_fraction ? std::string(" without a fraction") : ", not " + std::string(noun(value));
      if (schema.type == Schema::Type::string && (value.is_number() || value.is_boolean()))
        message += ": put it in quotes";
      return add(Type::type_invalid, path, std::move(message));
    }
    switch (schema.type) {
      case Schema::Type::object:
        return object(schema, value, path);
      case Schema::Type::array:
        for (std::size_t i = 0; i < value.size(); ++i)
          this->value(schema.items.front(), value[i], element(path, i));
        return;
      case Schema::Type::map:
        for (const auto& [name, item] : value.items())
          this->value(schema.items.front(), item, field(path, name));
        return;
      case Schema::Type::string:
        return string(schema, value.get_ref<const std::string&>(), path);
      case Schema::Type::integer:
        return integer(schema, value, path);
      default:
        return;
    }
  }

 private:
  void add(Type type, std::string path, std::string message) {
    errors.push_back({type, std::move(path), std::move(message)});
  }

  void object(const Schema& schema, const json& value, const std::string& path) {
    for (const auto& [name, item] : value.items()) {
      if (const auto* property = find_property(schema, name)) {
        this->value(property->schema, item, field(path, name));
      } else {
        add(Type::unknown, field(path, name), "unknown field; known here: " + known_fields(schema));
      }
    }
    for (const auto& property : schema.properties) {
      if (property.presence != Presence::required || value.contains(property.name)) continue;
      add(Type::required, field(path, property.name),
          property.schema.values.empty() ? "is required" : "is required: " + listed(property.schema.values));
    }
  }

  void string(const Schema& schema, const std::string& value, const std::string& path) {
    if (schema.values.empty() || std::ranges::find(schema.values, value) != schema.values.end()) return;
    add(Type::not_supported, path, quoted(value) + " is not supported: use " + listed(schema.values));
  }

  void integer(const Schema& schema, const json& value, const std::string& path) {
    if (!schema.range) return;
    const auto [min, max] = *schema.range;
    const bool beyond =
        value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
    if (!beyond && value.get<std::int64_t>() >= min && value.get<std::int64_t>() <= max) return;
    add(Type::invalid, path, "must be from " + std::to_string(min) + " to " + std::to_string(max));
  }
};

}  // namespace

FieldErrors check(const Schema& schema, const json& value) {
  Check check;
  check.value(schema, value, "");
  return std::move(check.errors);
}

const Schema::Property* find_property(const Schema& schema, std::string_view name) {
  const auto it = std::ranges::find(schema.properties, name, &Schema::Property::name);
  return it == schema.properties.end() ? nullptr : &*it;
}

namespace shape {

namespace {
Schema made(Schema::Type type, std::string_view description) {
  Schema schema;
  schema.type = type;
  schema.description = description;
  return schema;
}
}  // namespace

Schema object(std::vector<Schema::Property> properties, std::string_view description) {
  Schema schema = made(Schema::Type::object, description);
  schema.properties = std::move(properties);
  return schema;
}
Schema array(Schema items, std::string_view description) {
  Schema schema = made(Schema::Type::array, description);
  schema.items.push_back(std::move(items));
  return schema;
}
Schema map(Schema values, std::string_view description) {
  Schema schema = made(Schema::Type::map, description);
  schema.items.push_back(std::move(values));
  return schema;
}
Schema one_of(std::vector<std::string_view> values, std::string_view description) {
  Schema schema = string(description);
  schema.values = std::move(values);
  return schema;
}
Schema integer(Schema::Range range, std::string_view description) {
  Schema schema = integer(description);
  schema.range = range;
  return schema;
}
Schema port(std::string_view description) { return integer(Schema::Range{1, 65'535}, description); }
Schema string(std::string_view description) { return made(Schema::Type::string, description); }
Schema integer(std::string_view description) { return made(Schema::Type::integer, description); }
Schema number(std::string_view description) { return made(Schema::Type::number, description); }
Schema boolean(std::string_view description) { return made(Schema::Type::boolean, description); }
Schema quantity(std::string_view description) { return made(Schema::Type::quantity, description); }
Schema any(std::string_view description) { return made(Schema::Type::any, description); }

Schema resource(std::string_view description, Schema spec, Schema status) {
  return resource(description, {{"spec", std::move(spec), required}, {"status", std::move(status)}});
}
Schema resource(std::string_view description, std::vector<Schema::Property> body) {
  std::vector<Schema::Property> properties{
      {"apiVersion", string("Group and version of the resource's kind."), required},
      {"kind", string("The resource's kind."), required},
      {"metadata",
       object({
           {"name", string("Unique for its kind in its namespace."), required},
           {"namespace", string("Whose resource it is; `default` where it is absent.")},
           {"labels", map(string(), "Names and values to select by.")},
           {"annotations", map(string(), "Notes of tools.")},
           {"uid", string("Set by the server.")},
           {"resourceVersion", string("Set by the server: the version of the last change.")},
           {"generation", integer("Set by the server: grows with each change of the spec.")},
           {"creationTimestamp", string("Set by the server.")},
           {"deletionTimestamp", string("Set by the server.")},
           {"deletionGracePeriodSeconds", integer("Set by the server.")},
           {"selfLink", string("Set by old servers.")},
           {"generateName", string("A prefix for a name that the server makes.")},
           {"finalizers", array(string(), "Accepted and not kept: nothing here waits for anybody.")},
           {"ownerReferences", array(any(), "Accepted and not kept.")},
           {"managedFields", array(any(), "Set by the server.")},
       }),
       required}};
  std::ranges::move(body, std::back_inserter(properties));
  return object(std::move(properties), description);
}

}  // namespace shape

}  // namespace doorward::resources
