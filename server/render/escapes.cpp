#include "server/render/escapes.hpp"

namespace doorward::render {
namespace {

// Control characters of ASCII, and bytes outside of it, which some readers take for line ends.
bool is_plain(char c) { return c >= ' ' && c <= '~'; }

template <class Keep>
std::string keep(std::string_view text, Keep keeps) {
  std::string out;
  for (const char c : text) out += keeps(c) ? c : '?';
  return out;
}

}  // namespace

std::string in_comment(std::string_view text) { return keep(text, is_plain); }

std::string in_xml_comment(std::string_view text) {
  std::string out;
  for (const char c : in_comment(text)) out += c == '-' && out.ends_with('-') ? '?' : c;
  if (out.ends_with('-')) out.back() = '?';
  return out;
}

std::string in_xml(std::string_view text) {
  std::string out;
  for (const char c : in_comment(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string in_router_value(std::string_view text) {
  return keep(text, [](char c) {
    return is_plain(c) && std::string_view("\"\\#{}[],").find(c) == std::string_view::npos;
  });
}

std::string in_jaas_string(std::string_view text) {
  std::string out;
  for (const char c : in_comment(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '$' ? '?' : c;
  }
  return out;
}

}  // namespace doorward::render
