#pragma once
// Reads AMQP values (AMQP 1.0 part 1) in place: every view points into the bytes that were given, nothing is
// allocated whatever a count or size says, and nothing recurses. No I/O, any thread.
//
// A Reader walks one level at a time, and finds what does not fit on that level. What a value holds, down to
// the innermost, is looked at by check.hpp.
#include "store/model/result.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace doorward::wire {

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

  // Of a boolean, an unsigned integer or a char.
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

}  // namespace doorward::wire
