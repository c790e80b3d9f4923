#include "plugins/ldap/text.hpp"

#include <algorithm>
#include <optional>
#include <strings.h>

namespace ldap_bridge {
namespace {

constexpr const char* hexadecimal = "0123456789abcdef";

bool is_plain(unsigned char c) {
  return c >= 0x20 && c < 0x7f && c != '*' && c != '(' && c != ')' && c != '\\';
}

// Nothing that a delegate reads as more than itself.
bool fits_into_address(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '@';
  });
}

// Puts what `value` says in the place of each `{name}`; nothing where it says nothing.
template <class Value>
std::optional<std::string> fill(std::string_view pattern, Value value) {
  std::string filled;
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('{');
    filled += pattern.substr(0, open);
    if (open == std::string_view::npos) break;
    pattern.remove_prefix(open);
    const std::size_t close = pattern.find('}');
    if (close == std::string_view::npos) {
      filled += pattern;
      break;
    }
    const std::string_view whole = pattern.substr(0, close + 1);
    const std::optional<std::string> put = value(whole.substr(1, close - 1), whole);
    if (!put) return std::nullopt;
    filled += *put;
    pattern.remove_prefix(close + 1);
  }
  return filled;
}

std::optional<std::string> fill_address(std::string_view pattern, std::string_view username,
                                        std::string_view group) {
  return fill(pattern, [&](std::string_view name, std::string_view whole) -> std::optional<std::string> {
    if (name != "username" && name != "group") return std::string(whole);
    const std::string_view value = name == "username" ? username : group;
    if (!fits_into_address(value)) return std::nullopt;
    return std::string(value);
  });
}

// With the sizes: what a directory says may hold a NUL, behind which strcasecmp does not look.
bool same_name(const std::string& a, const std::string& b) {
  return a.size() == b.size() && strcasecmp(a.c_str(), b.c_str()) == 0;
}

}  // namespace

std::string escape_filter(std::string_view value) {
  std::string escaped;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_plain(byte)) {
      escaped += c;
    } else {
      escaped += '\\';
      escaped += hexadecimal[byte >> 4];
      escaped += hexadecimal[byte & 0xf];
    }
  }
  return escaped;
}

std::string fill_filter(std::string_view filter,
                        const std::vector<std::pair<std::string, std::string>>& values) {
  return *fill(filter, [&](std::string_view name, std::string_view whole) -> std::optional<std::string> {
    const auto found = std::ranges::find(values, name, &std::pair<std::string, std::string>::first);
    return found == values.end() ? std::string(whole) : escape_filter(found->second);
  });
}

doorward_plugin_cpp::Rights rights_of(const std::vector<Grant>& grants, std::string_view username,
                                      const std::vector<std::string>& groups) {
  doorward_plugin_cpp::Rights rights;
  for (const Grant& grant : grants) {
    const bool is_member = grant.group.empty() || std::ranges::any_of(groups, [&](const std::string& group) {
                             return same_name(group, grant.group);
                           });
    if (!is_member) continue;
    rights.groups.insert(rights.groups.end(), grant.groups.begin(), grant.groups.end());
    doorward_plugin_cpp::Rule rule{.addresses = {}, .operations = grant.operations};
    for (const std::string& pattern : grant.addresses) {
      if (auto address = fill_address(pattern, username, grant.group))
        rule.addresses.push_back(std::move(*address));
    }
    if (rule.operations != 0) rights.rules.push_back(std::move(rule));
  }
  return rights;
}

}  // namespace ldap_bridge
