#include "server/resources/document/json_access.hpp"

namespace doorward::resources {

using nlohmann::json;

const json* find_at(const json& value, std::initializer_list<std::string_view> path) {
  const json* at = &value;
  for (const std::string_view name : path) {
    if (!at->is_object()) return nullptr;
    const auto it = at->find(name);
    if (it == at->end()) return nullptr;
    at = &*it;
  }
  return at;
}

std::string text_at(const json& value, std::initializer_list<std::string_view> path) {
  const json* at = find_at(value, path);
  return at != nullptr && at->is_string() ? at->get<std::string>() : std::string();
}

void drop_nulls(json& value) {
  if (value.is_object()) {
    for (auto it = value.begin(); it != value.end();) {
      if (it->is_null()) {
        it = value.erase(it);
      } else {
        drop_nulls(*it++);
      }
    }
  } else if (value.is_array()) {
    for (auto& item : value) drop_nulls(item);
  }
}

std::string to_text(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace doorward::resources
