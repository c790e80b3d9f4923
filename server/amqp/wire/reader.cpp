#include "server/amqp/wire/reader.hpp"

#include <array>

namespace doorward::wire {
namespace {

// AMQP 1.0 part 1, section 1.2:
//   value       = constructor untyped-bytes
//   constructor = format-code / %x00 descriptor constructor      ; descriptor = value
//   untyped-bytes, by the upper half of the format code:
//     4..9 fixed      0, 1, 2, 4, 8, 16 bytes
//     A, B variable   size (1, 4 bytes), content
//     C, D compound   size, count (1, 4 bytes each), children      ; the size counts what follows it
//     E, F array      size, count (1, 4 bytes each), constructor, elements without one
constexpr std::uint8_t described_code = 0x00;
constexpr std::uint8_t true_code = 0x41;
constexpr std::uint8_t list0_code = 0x45;
constexpr std::uint8_t first_one_byte_code = 0x50;
constexpr std::uint8_t first_variable_code = 0xa0;
constexpr std::uint8_t first_compound_code = 0xc0;

constexpr std::optional<Type> type_of(std::uint8_t code) {
  switch (code) {
    case 0x40:
      return Type::null;
    case true_code:
    case 0x42:
    case 0x56:
      return Type::boolean;
    case 0x50:
      return Type::ubyte;
    case 0x60:
      return Type::ushort;
    case 0x43:
    case 0x52:
    case 0x70:
      return Type::uint;
    case 0x44:
    case 0x53:
    case 0x80:
      return Type::ulong;
    case 0x51:
    case 0x54:
    case 0x55:
    case 0x61:
    case 0x71:
    case 0x81:
      return Type::signed_integer;
    case 0x72:
    case 0x74:
    case 0x82:
    case 0x84:
    case 0x94:
      return Type::floating;
    case 0x73:
      return Type::character;
    case 0x83:
      return Type::timestamp;
    case 0x98:
      return Type::uuid;
    case 0xa0:
    case 0xb0:
      return Type::binary;
    case 0xa1:
    case 0xb1:
      return Type::string;
    case 0xa3:
    case 0xb3:
      return Type::symbol;
    case list0_code:
    case 0xc0:
    case 0xd0:
      return Type::list;
    case 0xc1:
    case 0xd1:
      return Type::map;
    case 0xe0:
    case 0xf0:
      return Type::array;
    default:
      return std::nullopt;
  }
}

// What a format code says of the bytes behind it.
struct Format {
  std::optional<Type> type;
  std::uint8_t width = 0;  // of a fixed value, else of the size and of the count
};

constexpr std::array<Format, 256> formats = [] {
  constexpr std::array<std::uint8_t, 6> fixed_width{0, 1, 2, 4, 8, 16};
  std::array<Format, 256> all;
  for (std::size_t code = 0x40; code < all.size(); ++code) {
    all[code].type = type_of(static_cast<std::uint8_t>(code));
    all[code].width = code < first_variable_code ? fixed_width[(code >> 4) - 4] : (code & 0x10) != 0 ? 4 : 1;
  }
  return all;
}();

std::unexpected<Malformed> malformed(std::string_view what) { return std::unexpected(Malformed{what}); }
std::unexpected<Malformed> cut_short() { return malformed("a value is longer than what holds it"); }

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<std::uint8_t>(byte);
  return number;
}

std::string_view take_bytes(std::string_view& rest, std::size_t count) {
  const std::string_view taken = rest.substr(0, count);
  rest.remove_prefix(count);
  return taken;
}

std::uint8_t take_code(std::string_view& rest) {
  return static_cast<std::uint8_t>(take_bytes(rest, 1).front());
}

// What follows the format code `code`.
Read<Value> take_untyped(std::uint8_t code, std::string_view& rest) {
  const Format& format = formats[code];
  if (!format.type) return malformed("a type code is unknown");
  if (rest.size() < format.width) return cut_short();
  Value value{.type = *format.type, .bytes = take_bytes(rest, format.width), .count = 0};
  if (code < first_variable_code) {
    if (code == true_code) value.bytes = "\x01";
    return value;
  }
  const std::uint64_t size = big_endian(value.bytes);
  if (size > rest.size()) return cut_short();
  value.bytes = take_bytes(rest, size);
  if (code < first_compound_code) return value;
  if (size < format.width) return malformed("a size leaves no room for the count");
  value.count = static_cast<std::uint32_t>(big_endian(take_bytes(value.bytes, format.width)));
  return value;
}

// The descriptor, behind its 0x00, and the format code that follows it. The specification allows any value
// for a descriptor, and descriptors upon descriptors; nobody has a use for either, and Proton refuses them
// too.
Read<Value> take_descriptor(std::string_view& rest, std::uint8_t& code) {
  if (rest.empty()) return cut_short();
  const std::uint8_t descriptor_code = take_code(rest);
  if (descriptor_code == described_code || descriptor_code == list0_code ||
      descriptor_code >= first_compound_code) {
    return malformed("a descriptor is not a scalar");
  }
  const Read<Value> descriptor = take_untyped(descriptor_code, rest);
  if (!descriptor) return descriptor;
  if (rest.empty()) return cut_short();
  code = take_code(rest);
  if (code == described_code) return malformed("a value is described twice");
  return descriptor;
}

Read<Value> take_value(std::string_view& rest) {
  if (rest.empty()) return cut_short();
  std::uint8_t code = take_code(rest);
  if (code != described_code) return take_untyped(code, rest);

  const std::string_view start = rest;
  if (const Read<Value> descriptor = take_descriptor(rest, code); !descriptor) return descriptor;
  if (const Read<Value> value = take_untyped(code, rest); !value) return value;
  return Value{.type = Type::described, .bytes = start.substr(0, start.size() - rest.size()), .count = 2};
}

}  // namespace

std::string_view to_string(Type type) {
  static constexpr std::array<std::string_view, 18> names{
      "null",   "boolean",        "ubyte",          "ushort",
      "uint",   "ulong",          "signed integer", "floating-point number",
      "char",   "timestamp",      "uuid",           "binary",
      "string", "symbol",         "list",           "map",
      "array",  "described value"};
  return names[static_cast<std::size_t>(type)];
}

std::uint64_t Value::number() const { return big_endian(bytes); }

Read<Reader> Reader::into(const Value& value) {
  Reader reader(value.bytes);
  if (value.type != Type::array) return reader;

  std::string_view& rest = reader.rest_;
  if (rest.empty()) return malformed("an array has no constructor");
  std::uint8_t code = take_code(rest);
  if (code == described_code) {
    const Read<Value> descriptor = take_descriptor(rest, code);
    if (!descriptor) return std::unexpected(descriptor.error());
    reader.descriptor_ = *descriptor;
  }
  if (!formats[code].type) {
    return malformed("the type code of an array's elements is unknown");
  }
  if (code < first_one_byte_code && value.count > max_elements_without_bytes) {
    return malformed("an array claims too many elements that have no bytes");
  }
  reader.constructor_ = code;
  reader.elements_left_ = value.count;
  return reader;
}

Read<Value> Reader::next() {
  if (!constructor_) return take_value(rest_);
  if (elements_left_ == 0) return malformed("an array has bytes behind its last element");
  --elements_left_;
  return take_untyped(*constructor_, rest_);
}

}  // namespace doorward::wire
