#include "store/model/base64.hpp"

#include <array>
#include <cstdint>

namespace doorward {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 0xff;

constexpr auto digits = [] {
  std::array<std::uint8_t, 256> table;
  table.fill(no_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}();

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  std::size_t written = 0;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<std::uint8_t>(c);
    for (count += 8; count >= 6;) {
      count -= 6;
      text[written++] = alphabet[bits >> count & 0x3f];
    }
  }
  if (count > 0) text[written] = alphabet[bits << (6 - count) & 0x3f];
  return text;
}

// RFC 4648 section 4:
//   groups of four digits; the last one may be `xx==` (one byte) or `xxx=` (two bytes)
std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::string_view body = text.substr(0, text.size() - padding);
  std::string bytes(text.size() / 4 * 3 - padding, '\0');
  std::size_t written = 0;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : body) {
    const std::uint8_t digit = digits[static_cast<std::uint8_t>(c)];
    if (digit == no_digit) return std::nullopt;
    bits = (bits << 6 | digit) & 0xffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes[written++] = static_cast<char>(bits >> count & 0xff);
    }
  }
  // Left over bits would make several texts for the same bytes.
  if ((bits & ((1u << count) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace doorward
