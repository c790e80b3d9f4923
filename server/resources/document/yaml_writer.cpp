#include "server/resources/document/yaml_writer.hpp"

#include "server/resources/document/yaml_scalar.hpp"

#include <algorithm>
#include <string_view>

namespace doorward::resources {

namespace {

using nlohmann::json;

constexpr std::size_t longest_plain = 512;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Booleans to readers of YAML 1.1, of which kubectl is one.
bool is_old_boolean(std::string_view text) {
  constexpr std::string_view words[] = {"y", "yes", "n", "no", "on", "off"};
  return std::ranges::any_of(words, [&](std::string_view word) {
    return std::ranges::equal(word, text, [](char a, char b) { return a == (b | 0x20); });
  });
}

// Text that means itself without quotes, to readers of YAML 1.1, too: begins with a letter, has no character
// that YAML knows, and is no other scalar.
bool is_plain(std::string_view text) {
  constexpr std::string_view others = "0123456789_./$@+=-";
  if (text.empty() || text.size() > longest_plain || !is_letter(text.front()) || is_old_boolean(text))
    return false;
  if (!std::ranges::all_of(text, [&](char c) { return is_letter(c) || others.contains(c); })) return false;
  const auto meaning = plain_scalar(text);
  return meaning && *meaning == json(text);
}

// A double-quoted scalar of YAML takes the escapes of JSON.
std::string scalar(const json& value) {
  if (value.is_string() && is_plain(value.get_ref<const std::string&>())) return value.get<std::string>();
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool is_block(const json& value) { return value.is_structured() && !value.empty(); }

void write(const json& value, std::size_t indent, std::string& out);

// Behind `name:` or `-`: on this line what fits there, else below.
void write_behind(const json& value, std::size_t indent, std::string& out) {
  if (is_block(value)) {
    out += "\n";
    write(value, indent, out);
  } else {
    out.append(" ").append(scalar(value)).append("\n");
  }
}

void write(const json& value, std::size_t indent, std::string& out) {
  const std::string spaces(indent, ' ');
  if (value.is_object() && !value.empty()) {
    for (const auto& [name, member] : value.items()) {
      out.append(spaces).append(scalar(json(name))).append(":");
      write_behind(member, indent + (member.is_array() ? 0 : 2), out);
    }
  } else if (value.is_array() && !value.empty()) {
    for (const json& item : value) {
      std::string inner;
      write(item, indent + 2, inner);
      // A mapping or a list begins on the line of its dash.
      out.append(spaces).append("- ");
      out += is_block(item) ? inner.substr(indent + 2) : inner;
    }
  } else {
    out.append(scalar(value)).append("\n");
  }
}

}  // namespace

std::string to_yaml(const json& value) {
  std::string out;
  write(value, 0, out);
  return out;
}

}  // namespace doorward::resources
