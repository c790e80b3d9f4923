#include "store/model/names.hpp"

#include <algorithm>
#include <cstdint>

namespace doorward {
namespace {

// By hand and for ASCII only: <cctype> asks the locale.
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_lower_or_digit(char c) { return is_lower(c) || is_digit(c); }

// Letters, digits and `inner`, beginning and ending with a letter or digit.
bool is_name(std::string_view text, std::string_view inner, std::size_t max_bytes) {
  return !text.empty() && text.size() <= max_bytes && is_lower_or_digit(text.front()) &&
         is_lower_or_digit(text.back()) &&
         std::ranges::all_of(text, [inner](char c) { return is_lower_or_digit(c) || inner.contains(c); });
}

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;  // 0: not well-formed
};

// RFC 3629 section 4:
//   UTF8-1 = %x00-7F
//   UTF8-2 = %xC2-DF UTF8-tail
//   UTF8-3 = %xE0 %xA0-BF UTF8-tail / %xE1-EC 2( UTF8-tail ) / %xED %x80-9F UTF8-tail / %xEE-EF 2( UTF8-tail
//   ) UTF8-4 = %xF0 %x90-BF 2( UTF8-tail ) / %xF1-F3 3( UTF8-tail ) / %xF4 %x80-8F 2( UTF8-tail )
CodePoint first_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {};
  char32_t value = lead & (0xff >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3fu);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (overlong || surrogate || value > 0x10ffff) return {};
  return {value, length};
}

struct Range {
  char32_t first, last;
};

// What could break a log line, make a terminal show it in another order, or stand in a name unseen: control
// and format characters, and what Unicode calls default ignorable (DerivedCoreProperties).
constexpr Range unsafe_to_show[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},     {0x34f, 0x34f},   {0x600, 0x605},
    {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},   {0x115f, 0x1160}, {0x17b4, 0x17b5},
    {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

bool is_unsafe_to_show(char32_t c) {
  return std::ranges::any_of(unsafe_to_show,
                             [c](const Range& range) { return c >= range.first && c <= range.last; });
}

void append_escaped(std::string& out, std::string_view bytes) {
  constexpr std::string_view hex = "0123456789abcdef";
  for (const char c : bytes) {
    const auto b = static_cast<std::uint8_t>(c);
    out += {'\\', 'x', hex[b >> 4], hex[b & 0xf]};
  }
}

}  // namespace

Result<Realm> Realm::parse(std::string_view text) {
  if (!is_name(text, ".-", max_bytes)) {
    return fail(ErrorCode::invalid, "realm " + quoted(text) +
                                        " is no realm: use 1 to 253 of a-z, 0-9, '.' and '-', beginning and "
                                        "ending with a letter or digit");
  }
  return Realm(std::string(text));
}

Result<Realm> Realm::of_address_space(std::string_view ns, std::string_view name) {
  constexpr std::size_t max_computed_bytes = 60;
  std::string text;
  for (const std::string_view part : {ns, std::string_view("-"), name}) {
    for (const char c : part) {
      const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      if (text.size() < max_computed_bytes && (is_lower_or_digit(lower) || lower == '-')) text += lower;
    }
  }
  // A hyphen at an end becomes a 1, as EnMasse does: router configurations carry the computed name.
  if (text.starts_with('-')) text.front() = '1';
  if (text.ends_with('-')) text.back() = '1';
  return parse(text);
}

Result<Username> Username::parse(std::string_view text) {
  if (!is_name(text, "_@.:-", max_bytes)) {
    return fail(ErrorCode::invalid,
                "username " + quoted(text) +
                    " is no username: use 1 to 256 of a-z, 0-9, '_', '@', '.', ':' and '-', "
                    "beginning and ending with a letter or digit");
  }
  return Username(std::string(text));
}

bool is_address_space_name(std::string_view text) { return is_dns_label(text) && is_lower(text.front()); }

bool is_dns_label(std::string_view text) { return is_name(text, "-", 63); }

bool is_dns_subdomain(std::string_view text) {
  if (!is_name(text, ".-", 253)) return false;
  // Each label begins and ends with a letter or digit, so no dot has another dot or a hyphen beside it.
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '.' && !(is_lower_or_digit(text[i - 1]) && is_lower_or_digit(text[i + 1]))) return false;
  }
  return true;
}

bool is_plugin_name(std::string_view text) {
  const auto fits = [](char c) { return is_lower_or_digit(c) || c == '-' || c == '_'; };
  return !text.empty() && text.size() <= 64 && is_lower_or_digit(text.front()) &&
         std::ranges::all_of(text, fits);
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    if (c.bytes == 0) return false;
    text.remove_prefix(c.bytes);
  }
  return true;
}

// C1 is C2 80 to C2 9F in UTF-8.
bool has_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return true;
    if (byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
  }
  return false;
}

std::string Quoted::operator()(std::string_view text, std::size_t max_bytes) const {
  std::string out = "\"";
  std::string_view rest = text;
  std::size_t room = max_bytes;
  while (!rest.empty()) {
    const CodePoint c = first_code_point(rest);
    const std::string_view bytes = rest.substr(0, std::max<std::size_t>(c.bytes, 1));
    if (bytes.size() > room) break;
    if (c.bytes == 0 || is_unsafe_to_show(c.value)) {
      append_escaped(out, bytes);
    } else {
      if (c.value == '"' || c.value == '\\') out += '\\';
      out += bytes;
    }
    room -= bytes.size();
    rest.remove_prefix(bytes.size());
  }
  out += '"';
  if (!rest.empty()) out += "... (" + std::to_string(text.size()) + " bytes)";
  return out;
}

}  // namespace doorward
