#include "tests/fuzz/proton_oracle.hpp"

#include "server/amqp/wire/reader.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace doorward::oracle {
namespace {

using wire::Reader;
using wire::Type;
using wire::Value;

pn_data_t* decode(std::string_view body) {
  pn_data_t* data = pn_data(16);
  // Proton reads one value at a time and gives the bytes that it took.
  const ssize_t taken = pn_data_decode(data, body.data(), body.size());
  must(taken == static_cast<ssize_t>(body.size()),
       "Proton took " + std::to_string(taken) + " of " + std::to_string(body.size()) + " bytes");
  pn_data_rewind(data);
  return data;
}

std::int64_t sign_extended(std::string_view bytes) {
  std::uint64_t number = !bytes.empty() && (bytes.front() & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (const char byte : bytes) number = number << 8 | static_cast<std::uint8_t>(byte);
  return static_cast<std::int64_t>(number);
}

std::uint64_t unsigned_of(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<std::uint8_t>(byte);
  return number;
}

std::string_view view(pn_bytes_t bytes) { return {bytes.start, bytes.size}; }

template <class Bits>
std::uint64_t bits_of(const auto& value) {
  Bits bits;
  static_assert(sizeof bits == sizeof value);
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

void same_scalar(const Value& ours, pn_data_t* theirs) {
  const pn_type_t type = pn_data_type(theirs);
  const auto is = [&](bool agrees) {
    must(agrees,
         std::string(to_string(ours.type)) + " is " + pn_type_name(type) + " to Proton, or another value");
  };
  switch (ours.type) {
    case Type::null:
      return is(type == PN_NULL);
    case Type::boolean:
      return is(type == PN_BOOL && pn_data_get_bool(theirs) == (ours.number() != 0));
    case Type::ubyte:
      return is(type == PN_UBYTE && pn_data_get_ubyte(theirs) == ours.number());
    case Type::ushort:
      return is(type == PN_USHORT && pn_data_get_ushort(theirs) == ours.number());
    case Type::uint:
      return is(type == PN_UINT && pn_data_get_uint(theirs) == ours.number());
    case Type::ulong:
      return is(type == PN_ULONG && pn_data_get_ulong(theirs) == ours.number());
    case Type::signed_integer:
      return is((type == PN_BYTE && pn_data_get_byte(theirs) == sign_extended(ours.bytes)) ||
                (type == PN_SHORT && pn_data_get_short(theirs) == sign_extended(ours.bytes)) ||
                (type == PN_INT && pn_data_get_int(theirs) == sign_extended(ours.bytes)) ||
                (type == PN_LONG && pn_data_get_long(theirs) == sign_extended(ours.bytes)));
    case Type::floating:
      return is((type == PN_FLOAT &&
                 bits_of<std::uint32_t>(pn_data_get_float(theirs)) == unsigned_of(ours.bytes)) ||
                (type == PN_DOUBLE &&
                 bits_of<std::uint64_t>(pn_data_get_double(theirs)) == unsigned_of(ours.bytes)) ||
                (type == PN_DECIMAL32 && pn_data_get_decimal32(theirs) == unsigned_of(ours.bytes)) ||
                (type == PN_DECIMAL64 && pn_data_get_decimal64(theirs) == unsigned_of(ours.bytes)) ||
                (type == PN_DECIMAL128 &&
                 std::memcmp(pn_data_get_decimal128(theirs).bytes, ours.bytes.data(), 16) == 0));
    case Type::character:
      return is(type == PN_CHAR && pn_data_get_char(theirs) == unsigned_of(ours.bytes));
    case Type::timestamp:
      return is(type == PN_TIMESTAMP && pn_data_get_timestamp(theirs) == sign_extended(ours.bytes));
    case Type::uuid:
      return is(type == PN_UUID && std::memcmp(pn_data_get_uuid(theirs).bytes, ours.bytes.data(), 16) == 0);
    case Type::binary:
      return is(type == PN_BINARY && view(pn_data_get_binary(theirs)) == ours.bytes);
    case Type::string:
      return is(type == PN_STRING && view(pn_data_get_string(theirs)) == ours.bytes);
    case Type::symbol:
      return is(type == PN_SYMBOL && view(pn_data_get_symbol(theirs)) == ours.bytes);
    case Type::list:
      return is(type == PN_LIST && pn_data_get_list(theirs) == ours.count);
    case Type::map:
      return is(type == PN_MAP && pn_data_get_map(theirs) == ours.count);
    case Type::array:
      return is(type == PN_ARRAY && pn_data_get_array(theirs) == ours.count);
    case Type::described:
      return is(type == PN_DESCRIBED);
  }
}

// Recursion is safe here: our reader has bounded the depth.
void same(const Value& ours, pn_data_t* theirs) {
  same_scalar(ours, theirs);
  if (ours.type != Type::list && ours.type != Type::map && ours.type != Type::array &&
      ours.type != Type::described) {
    return;
  }
  Result<Reader> children = Reader::into(ours);
  must(children.has_value(), "a checked value cannot be entered");
  must(pn_data_enter(theirs), "Proton cannot enter");
  if (ours.type == Type::array) {
    must(
        children->descriptor().has_value() ==
            [&] {
              pn_data_exit(theirs);
              const bool described = pn_data_is_array_described(theirs);
              pn_data_enter(theirs);
              return described;
            }(),
        "only one of both sees a descriptor");
  }
  if (children->descriptor()) {
    must(pn_data_next(theirs), "Proton has no descriptor");
    same(*children->descriptor(), theirs);
  }
  while (!children->at_end()) {
    const Result<Value> child = children->next();
    must(child.has_value(), "a checked value cannot be walked");
    must(pn_data_next(theirs), "Proton has fewer children");
    same(*child, theirs);
  }
  must(!pn_data_next(theirs), "Proton has more children");
  pn_data_exit(theirs);
}

}  // namespace

void disagree(const std::string& what) {
  std::fprintf(stderr, "finding: %s\n", what.c_str());
  std::abort();
}

void must_read_the_same(std::string_view body) {
  pn_data_t* data = decode(body);
  must(pn_data_next(data), "Proton sees nothing");
  const Result<Value> ours = Reader(body).next();
  must(ours.has_value(), "a checked body cannot be read");
  same(*ours, data);
  pn_data_free(data);
}

Fields::Fields(std::string_view body) : data_(decode(body)) {
  must(pn_data_next(data_) && pn_data_type(data_) == PN_DESCRIBED, "Proton sees no described value");
  pn_data_enter(data_);
  pn_data_next(data_);  // the descriptor
  must(pn_data_next(data_) && pn_data_type(data_) == PN_LIST, "Proton sees no list of fields");
  pn_data_enter(data_);
}

bool Fields::at(std::size_t index) {
  pn_data_exit(data_);
  pn_data_enter(data_);
  for (std::size_t i = 0; i <= index; ++i) {
    if (!pn_data_next(data_)) return false;
  }
  return pn_data_type(data_) != PN_NULL;
}

std::optional<std::string> Fields::bytes(std::size_t index, pn_type_t type) {
  if (!at(index)) return std::nullopt;
  must(pn_data_type(data_) == type, "Proton sees another type in field " + std::to_string(index));
  return std::string(view(pn_data_get_bytes(data_)));
}

std::optional<unsigned long long> Fields::number(std::size_t index, pn_type_t type) {
  if (!at(index)) return std::nullopt;
  must(pn_data_type(data_) == type, "Proton sees another type in field " + std::to_string(index));
  switch (type) {
    case PN_UBYTE:
      return pn_data_get_ubyte(data_);
    case PN_USHORT:
      return pn_data_get_ushort(data_);
    default:
      return pn_data_get_uint(data_);
  }
}

std::vector<std::string> Fields::symbols(std::size_t index) {
  if (!at(index)) return {};
  if (pn_data_type(data_) == PN_SYMBOL) return {std::string(view(pn_data_get_symbol(data_)))};
  // What an array without elements would hold is of no interest.
  must(pn_data_type(data_) == PN_ARRAY &&
           (pn_data_get_array_type(data_) == PN_SYMBOL || pn_data_get_array(data_) == 0),
       "Proton sees no symbols in field " + std::to_string(index));
  std::vector<std::string> symbols;
  pn_data_enter(data_);
  while (pn_data_next(data_)) symbols.emplace_back(view(pn_data_get_symbol(data_)));
  pn_data_exit(data_);
  return symbols;
}

}  // namespace doorward::oracle
