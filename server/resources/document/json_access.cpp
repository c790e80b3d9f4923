#include "server/resources/document/json_access.hpp"

#include <optional>
#include <utility>

namespace doorward::resources {

using nlohmann::json;

namespace {

// Behind a string that begins there, or the end of the text.
std::size_t behind_string(std::string_view text, std::size_t quote) {
  for (std::size_t at = quote + 1; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') ++at;
  }
  return text.size();
}

// The text of a member's value. No other value is looked into further than to find its end.
std::optional<std::string_view> value_text(std::string_view text, std::string_view member) {
  std::optional<std::size_t> begin;
  for (std::size_t at = 0, depth = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      const std::size_t end = behind_string(text, at);
      const bool is_key = depth == 1 && end < text.size() && text[end] == ':';
      if (is_key && text.substr(at + 1, end - at - 2) == member) begin = end + 1;
      at = end;
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    const bool closes = c == '}' || c == ']';
    if (begin && depth == 1 && (closes || c == ',')) return text.substr(*begin, at - *begin);
    if (closes && depth-- <= 1) return std::nullopt;
    ++at;
  }
  return std::nullopt;
}

}  // namespace

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

json parse_only(std::string_view text, std::string_view member) {
  const auto value = value_text(text, member);
  json parsed = value ? json::parse(*value, nullptr, false) : json(json::value_t::discarded);
  json object;
  if (!parsed.is_discarded()) object[std::string(member)] = std::move(parsed);
  return object;
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
