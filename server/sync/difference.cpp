#include "server/sync/difference.hpp"

#include "server/resources/document/document.hpp"
#include "server/resources/document/json_access.hpp"
#include "server/sync/plain_object.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace doorward::sync {

using nlohmann::json;
using resources::find_at;

namespace {

using Fields = std::map<std::string, const json*>;

// Values, and objects and lists that are empty, by their paths. As deep as what was read may be.
void collect(const json& value, const std::string& path, Fields& fields) {
  if (value.is_object() && !value.empty()) {
    for (const auto& [name, item] : value.items()) collect(item, resources::field(path, name), fields);
  } else if (value.is_array() && !value.empty()) {
    for (std::size_t i = 0; i < value.size(); ++i) collect(value[i], resources::element(path, i), fields);
  } else {
    fields.emplace(path, &value);
  }
}

// In ASCII, so that a terminal shows it as it is.
std::string shown(const json& value) {
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > max_value_bytes)
    text = text.substr(0, max_value_bytes) + "... (" + std::to_string(text.size()) + " bytes)";
  return text;
}

bool secret_differs(const json& before, const json& after, bool spec_differs) {
  const auto at = [](const json& object, std::initializer_list<std::string_view> path) {
    const json* found = find_at(object, path);
    return found == nullptr ? json() : *found;
  };
  if (at(before, {"status", "credentials"}) != at(after, {"status", "credentials"})) return true;
  return !before.is_null() && !after.is_null() && !spec_differs &&
         at(before, {"metadata", "generation"}) != at(after, {"metadata", "generation"});
}

}  // namespace

std::vector<std::string> difference(const json& before, const json& after) {
  const json old_object = plain_object(before), new_object = plain_object(after);
  Fields old_fields, new_fields;
  if (!old_object.is_null()) collect(old_object, "", old_fields);
  if (!new_object.is_null()) collect(new_object, "", new_fields);

  std::map<std::string, std::vector<std::string>> by_path;
  for (const auto& [path, value] : old_fields) {
    const auto now = new_fields.find(path);
    if (now == new_fields.end() || *now->second != *value)
      by_path[path].push_back("- " + path + ": " + shown(*value));
  }
  for (const auto& [path, value] : new_fields) {
    const auto was = old_fields.find(path);
    if (was == old_fields.end() || *was->second != *value)
      by_path[path].push_back("+ " + path + ": " + shown(*value));
  }
  const bool spec_differs =
      std::ranges::any_of(by_path, [](const auto& entry) { return !entry.first.starts_with("metadata"); });
  if (secret_differs(before, after, spec_differs))
    by_path["spec.authentication"].push_back("~ spec.authentication: the secret differs (never shown)");

  std::vector<std::string> lines;
  std::size_t more = 0;
  for (auto& [path, entries] : by_path) {
    for (std::string& line : entries) {
      if (lines.size() < max_difference_lines) {
        lines.push_back(std::move(line));
      } else {
        ++more;
      }
    }
  }
  if (more > 0) lines.push_back("... and " + std::to_string(more) + " more");
  return lines;
}

}  // namespace doorward::sync
