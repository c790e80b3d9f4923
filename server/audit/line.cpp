#include "server/audit/line.hpp"

#include "mechanisms/digest.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace doorward::audit {
namespace {

constexpr std::string_view before_mac = ",\"mac\":\"";
constexpr std::string_view after_mac = "\"}";

std::string hex(std::string_view bytes) {
  std::string digits;
  digits.reserve(2 * bytes.size());
  for (const char byte : bytes) {
    constexpr std::string_view alphabet = "0123456789abcdef";
    digits += alphabet[static_cast<unsigned char>(byte) >> 4];
    digits += alphabet[static_cast<unsigned char>(byte) & 15];
  }
  return digits;
}

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Takes what is expected from the front of `rest`.
bool take(std::string_view& rest, std::string_view expected) {
  if (!rest.starts_with(expected)) return false;
  rest.remove_prefix(expected.size());
  return true;
}

std::optional<std::string_view> take_hex(std::string_view& rest, std::size_t digits) {
  const std::string_view taken = rest.substr(0, digits);
  if (!is_hex(taken, digits)) return std::nullopt;
  rest.remove_prefix(digits);
  return taken;
}

// Above zero, and without leading zeros: each number has one form.
std::optional<std::uint64_t> take_number(std::string_view& rest) {
  std::uint64_t number = 0;
  if (rest.empty() || rest.front() == '0') return std::nullopt;
  const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (parsed.ec != std::errc()) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(parsed.ptr - rest.data()));
  return number;
}

}  // namespace

std::optional<Position> Position::parse(std::string_view text) {
  const auto seq = take_number(text);
  if (!seq || !take(text, ":") || !is_hex(text, mac_digits)) return std::nullopt;
  return Position{*seq, std::string(text)};
}

std::string instance_of(const Secret& key) {
  return hex(hmac(ScramHash::sha256, key.reveal(), "audit instance").view()).substr(0, instance_digits);
}

std::string mac_of(const Secret& key, std::string_view previous, std::string_view sealed) {
  std::string message;
  message.reserve(previous.size() + sealed.size());
  message.append(previous).append(sealed);
  return hex(hmac(ScramHash::sha256, key.reveal(), message).view());
}

std::string seal(const Secret& key, std::string_view instance, Position& last, std::string_view members,
                 Opening opening) {
  std::string line = fmt::format("{}{}\",\"seq\":{},", line_start, instance, last.seq + 1);
  if (opening.opens || opening.torn_bytes > 0) line += fmt::format("\"previous\":\"{}\",", last.mac);
  if (opening.torn_bytes > 0) line += fmt::format("\"torn\":{},", opening.torn_bytes);
  line += members;
  last.mac = mac_of(key, last.mac, line);
  ++last.seq;
  line.append(before_mac).append(last.mac).append(after_mac);
  return line;
}

std::optional<SealedLine> read_line(std::string_view line) {
  constexpr std::size_t end_bytes = before_mac.size() + mac_digits + after_mac.size();
  if (line.size() > max_line_bytes || line.size() <= end_bytes) return std::nullopt;
  if (std::ranges::any_of(line, [](char c) { return c < 0x20; })) return std::nullopt;  // seal() writes ASCII
  SealedLine read{.sealed = line.substr(0, line.size() - end_bytes)};
  std::string_view end = line.substr(read.sealed.size());
  if (!take(end, before_mac)) return std::nullopt;
  const auto mac = take_hex(end, mac_digits);
  if (!mac || end != after_mac) return std::nullopt;
  read.mac = *mac;

  std::string_view rest = read.sealed;
  if (!take(rest, line_start)) return std::nullopt;
  const auto instance = take_hex(rest, instance_digits);
  if (!instance || !take(rest, "\",\"seq\":")) return std::nullopt;
  read.instance = *instance;
  const auto seq = take_number(rest);
  if (!seq || !take(rest, ",")) return std::nullopt;
  read.seq = *seq;
  if (!take(rest, "\"previous\":\"")) return rest.empty() ? std::nullopt : std::optional(read);
  read.previous = take_hex(rest, mac_digits);
  if (!read.previous || !take(rest, "\",")) return std::nullopt;
  if (take(rest, "\"torn\":")) {
    const auto torn = take_number(rest);
    if (!torn || !take(rest, ",")) return std::nullopt;
    read.torn_bytes = *torn;
  }
  return rest.empty() ? std::nullopt : std::optional(read);
}

}  // namespace doorward::audit
