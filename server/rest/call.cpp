#include "server/rest/call.hpp"

#include <algorithm>
#include <set>

namespace doorward::rest {

namespace {

constexpr std::size_t max_warnings = 32;
constexpr std::size_t max_warning_bytes = 512;

// A quoted-string of RFC 7230: no line end can leave the header.
std::string header_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, max_warning_bytes)) {
    if (c == '"' || c == '\\') out += '\\';
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte >= 0x7f ? '?' : c;
  }
  return out + "\"";
}

}  // namespace

void add_warnings(Response& response, const std::vector<std::string>& warnings) {
  std::set<std::string_view> said;
  for (const std::string& warning : warnings) {
    if (said.size() == max_warnings) return;
    if (said.insert(warning).second)
      response.headers.emplace_back("Warning", "299 - " + header_quoted(warning));
  }
}

}  // namespace doorward::rest
