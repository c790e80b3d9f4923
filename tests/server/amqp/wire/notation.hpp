#pragma once
// Frames as the AMQP specification's examples write them: bytes in hexadecimal, text in quotes. "a3 05
// 'PLAIN'" is the symbol PLAIN.
#include <cstdlib>
#include <string>
#include <string_view>

namespace doorward::wire {

inline std::string bytes(std::string_view notation) {
  std::string out;
  for (std::size_t i = 0; i < notation.size();) {
    if (notation[i] == ' ') {
      ++i;
    } else if (notation[i] == '\'') {
      const std::size_t end = notation.find('\'', i + 1);
      out += notation.substr(i + 1, end - i - 1);
      i = end + 1;
    } else {
      out += static_cast<char>(std::strtoul(std::string(notation.substr(i, 2)).c_str(), nullptr, 16));
      i += 2;
    }
  }
  return out;
}

inline std::string big_endian(std::size_t number, int width) {
  std::string out;
  for (int shift = (width - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
  return out;
}

// A list, map or array (`code` in its 32-bit form, 0xd0, 0xd1, 0xf0) of `count` children whose bytes are
// `content`.
inline std::string wide(int code, std::size_t count, const std::string& content) {
  return static_cast<char>(code) + big_endian(content.size() + 4, 4) + big_endian(count, 4) + content;
}
// The same in its 8-bit form (0xc0, 0xc1, 0xe0).
inline std::string narrow(int code, std::size_t count, const std::string& content) {
  return static_cast<char>(code) + big_endian(content.size() + 1, 1) + big_endian(count, 1) + content;
}

}  // namespace doorward::wire
