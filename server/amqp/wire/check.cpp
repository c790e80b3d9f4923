#include "server/amqp/wire/check.hpp"

#include "store/model/names.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace doorward::wire {
namespace {

std::unexpected<Malformed> malformed(std::string_view what) { return std::unexpected(Malformed{what}); }

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<std::uint8_t>(c) < 0x80; });
}

bool is_unicode_scalar(std::uint64_t code_point) {
  return code_point < 0xd800 || (code_point > 0xdfff && code_point <= 0x10ffff);
}

bool has_children(Type type) {
  return type == Type::list || type == Type::map || type == Type::array || type == Type::described;
}

// Of a value without children.
Read<> check_content(const Value& value) {
  switch (value.type) {
    case Type::string:
      if (!is_utf8(value.bytes)) return malformed("a string is not UTF-8");
      break;
    case Type::symbol:
      if (!is_ascii(value.bytes)) return malformed("a symbol is not ASCII");
      break;
    case Type::boolean:
      if (value.number() > 1) return malformed("a boolean is neither 0 nor 1");
      break;
    case Type::character:
      if (!is_unicode_scalar(value.number())) return malformed("a char is no Unicode character");
      break;
    default:
      break;
  }
  return {};
}

// The children still to be checked on one level.
struct Level {
  Reader reader;
  std::uint32_t left;
};

Read<Level> level_of(const Value& value) {
  if (value.type == Type::map && value.count % 2 != 0) {
    return malformed("a map has a key without a value");
  }
  const Read<Reader> reader = Reader::into(value);
  if (!reader) return std::unexpected(reader.error());
  if (reader->descriptor()) {
    if (const Read<> checked = check_content(*reader->descriptor()); !checked) {
      return std::unexpected(checked.error());
    }
  }
  return Level{.reader = *reader, .left = value.count};
}

// All that is left on `first`, which lies `first_depth` deep.
Read<> check_level(const Level& first, std::size_t first_depth) {
  std::array<std::optional<Level>, max_depth + 1> levels;
  std::size_t depth = first_depth;
  levels[depth] = first;
  for (;;) {
    Level& level = *levels[depth];
    if (level.left == 0) {
      if (!level.reader.at_end()) {
        return malformed("bytes are left behind the last value of a list, map or array");
      }
      if (depth == first_depth) return {};
      --depth;
      continue;
    }
    --level.left;
    const Read<Value> value = level.reader.next();
    if (!value) return std::unexpected(value.error());
    if (!has_children(value->type)) {
      if (const Read<> checked = check_content(*value); !checked) return checked;
      continue;
    }
    const Read<Level> children = level_of(*value);
    if (!children) return std::unexpected(children.error());
    if (depth == max_depth) return malformed("values are nested too deeply");
    levels[++depth] = *children;
  }
}

}  // namespace

Read<> check_value(const Value& value, std::size_t depth) {
  if (!has_children(value.type)) return check_content(value);
  const Read<Level> children = level_of(value);
  if (!children) return std::unexpected(children.error());
  return check_level(*children, depth);
}

Read<> check_values(std::string_view bytes, std::uint32_t count) {
  return check_level({.reader = Reader(bytes), .left = count}, 0);
}

}  // namespace doorward::wire
