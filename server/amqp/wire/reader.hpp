#pragma once
// Reads AMQP values (AMQP 1.0 part 1) in place: every view points into the bytes that were given, nothing is
// allocated whatever a count or size says, and nothing recurses. No I/O, any thread.
//
// A Reader walks one level at a time. It finds what does not fit on that level; check_value() looks at all
// that a value holds, down to the innermost.
#include "store/model/result.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace doorward::wire {

// Lists, maps, arrays and described values within each other, the performative itself counted. The deepest
// that a peer was seen to send is 5.
inline constexpr std::size_t max_depth = 32;
// An array of nulls, or of anything else that has no bytes, costs a peer nothing for a billion of them.
inline constexpr std::uint32_t max_elements_without_bytes = 255;

// What is wrong with what a peer sent, in words that live for ever: a text is made of them only where
// somebody reads it.
struct Malformed {
  std::string_view what;
  operator Error() const { return {ErrorCode::invalid, std::string(what)}; }
};
template <class T = void>
using Read = std::expected<T, Malformed>;

enum class Type : std::uint8_t {
  null,
  boolean,
  ubyte,
  ushort,
  uint,
  ulong,
  signed_integer,  // of any width
  floating,        // binary or decimal, of any width
  character,
  timestamp,
  uuid,
  binary,
  string,
  symbol,
  list,
  map,
  array,
  described,
};
std::string_view to_string(Type type);

struct Value {
  Type type = Type::null;
  // Of fixed width: the bytes as sent, none for false and for a zero that has none. binary, string, symbol:
  // the content. list, map: the children. array: constructor and elements. described: descriptor and value.
  std::string_view bytes;
  std::uint32_t count = 0;  // of children, in a map keys and values: as the peer says

  // Of a boolean or an unsigned integer.
  std::uint64_t number() const;
};

// A cursor over values that follow one another.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  // Over the children of a list or map, the elements of an array, or descriptor and value of a described
  // value.
  static Read<Reader> into(const Value& value);

  bool at_end() const { return rest_.empty() && elements_left_ == 0; }
  // The next value; an error where it does not fit into what is left.
  Read<Value> next();

  // Of the elements of an array that all have one; next() gives them without it.
  const std::optional<Value>& descriptor() const { return descriptor_; }

 private:
  std::string_view rest_;
  // Only for arrays, whose elements share a constructor.
  std::uint32_t elements_left_ = 0;
  std::optional<std::uint8_t> constructor_;
  std::optional<Value> descriptor_;
};

// Whether `value` is well-formed down to its innermost value, and nothing in it lies deeper than `max_depth`
// when what it holds lies `depth` deep. REQUIRES: depth <= max_depth.
Read<> check_value(const Value& value, std::size_t depth);
// Whether `bytes` are `count` well-formed values and nothing else: sizes and counts agree on every level,
// strings are UTF-8, symbols ASCII, every key has a value, and nothing lies deeper than `max_depth`. For
// tests and fuzzers, which judge by it what is taken: doorward checks each field of a frame as it comes to
// it.
Read<> check_values(std::string_view bytes, std::uint32_t count);

}  // namespace doorward::wire
