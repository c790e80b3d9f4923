#include "plugins/ldap/text.hpp"

#include "plugins/shared/grants.hpp"

#include <algorithm>
#include <optional>

namespace ldap_bridge {
namespace {

constexpr const char* hexadecimal = "0123456789abcdef";

bool is_plain(unsigned char c) {
  return c >= 0x20 && c < 0x7f && c != '*' && c != '(' && c != ')' && c != '\\';
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
  return doorward_plugin_cpp::fill(filter, [&](std::string_view name) -> std::optional<std::string> {
    const auto found = std::ranges::find(values, name, &std::pair<std::string, std::string>::first);
    if (found == values.end()) return std::nullopt;
    return escape_filter(found->second);
  });
}

}  // namespace ldap_bridge
