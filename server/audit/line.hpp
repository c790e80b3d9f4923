#pragma once
// One line of the audit log: JSON whose first and last members stand at fixed places, so that the chain is
// checked on bytes and no JSON parser has a say in what a MAC covers. Values; any thread.
//
//   {"instance":"16 hex","seq":7,"time":...,"event":...,...,"mac":"64 hex"}
//   {"instance":"16 hex","seq":7,"previous":"64 hex",...            the first line of a file or of a process
//   {"instance":"16 hex","seq":7,"previous":"64 hex","torn":12,...  after lines that were not finished
//
// The MAC is HMAC-SHA-256 over the MAC of the line before (64 hexadecimal digits, zeros before the first) and
// the line up to `,"mac"`. `previous` repeats that MAC where a file may begin.
#include "store/model/secret.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace doorward::audit {

inline constexpr std::size_t instance_digits = 16;
inline constexpr std::size_t mac_digits = 64;
// Longer ones are not written, and not read.
inline constexpr std::size_t max_line_bytes = 65'536;
inline constexpr std::string_view line_start = "{\"instance\":\"";

// A line of the chain: its number, from 1, and its MAC. 0 and zeros: before the first one.
struct Position {
  std::uint64_t seq = 0;
  std::string mac = std::string(mac_digits, '0');
  bool operator==(const Position&) const = default;

  std::string text() const { return std::to_string(seq) + ":" + mac; }
  // SEQ:MAC, as text() writes it.
  static std::optional<Position> parse(std::string_view text);
};

// The name of the chain under a key; it tells nothing of the key.
std::string instance_of(const Secret& key);
// 64 hexadecimal digits.
std::string mac_of(const Secret& key, std::string_view previous, std::string_view sealed);

// What a line says beside its event.
struct Opening {
  bool opens = false;            // a file or a process: the line repeats the MAC before it
  std::uint64_t torn_bytes = 0;  // of the unfinished lines before it; then it opens
};

// The line behind `last`, without a line end; `last` becomes its position. `members`: those of the event,
// JSON without braces, on one line.
std::string seal(const Secret& key, std::string_view instance, Position& last, std::string_view members,
                 Opening opening = {});

// The parts of a line, as views into it.
struct SealedLine {
  std::string_view instance;
  std::uint64_t seq = 0;
  std::optional<std::string_view> previous;
  std::uint64_t torn_bytes = 0;
  std::string_view sealed;  // what the MAC covers
  std::string_view mac;
};

// Nothing for what seal() cannot have written. Whether the MAC is right is another question.
std::optional<SealedLine> read_line(std::string_view line);

}  // namespace doorward::audit
