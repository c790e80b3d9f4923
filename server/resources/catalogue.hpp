#pragma once
// The one table of resource kinds: each row names the kind and holds its schema and its validation; whoever handles
// resources (a directory, REST, `render`) works from this table. Adding a kind is one row.
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/resources/schema.hpp"

namespace doorward::resources {

struct Kind {
  std::string_view group;     // user.enmasse.io
  std::string_view version;   // v1beta1
  std::string_view name;      // MessagingUser
  std::string_view plural;    // messagingusers
  bool namespaced = true;
  const Schema& schema;       // of the whole object
  // What the schema cannot say, on one object by itself: every fault at once.
  std::vector<FieldError> (*validate)(const nlohmann::json& object) = nullptr;

  std::string store_kind() const { return std::string(plural) + "." + std::string(group); }
  std::string api_version() const { return std::string(group) + "/" + std::string(version); }
};

std::span<const Kind> kinds();
const Kind* find_kind(std::string_view api_version, std::string_view name);

}  // namespace doorward::resources
