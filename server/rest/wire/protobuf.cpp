#include "server/rest/wire/protobuf.hpp"

#include "server/resources/kinds/uid.hpp"
#include "server/rest/wire/protobuf_messages.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace doorward::rest {

using nlohmann::json;

namespace {

constexpr std::string_view magic{"k8s\0", 4};
constexpr std::size_t max_elements = 100'000;  // of all lists and maps together
// Beyond the year 9999 RFC 3339 has no way to write a time.
constexpr std::uint64_t last_second = 253'402'300'799;

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

// One field of a message: its number, and its value by its wire type.
struct Field {
  std::uint32_t number = 0;
  WireType type = WireType::varint;
  std::uint64_t value = 0;
  std::string_view bytes;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }

  std::optional<Field> next() {
    const auto tag = varint();
    if (!tag || *tag >> 3 == 0 || *tag >> 3 > 0x1fffffff) return std::nullopt;
    Field field{static_cast<std::uint32_t>(*tag >> 3), static_cast<WireType>(*tag & 7), 0, {}};
    switch (field.type) {
      case WireType::varint: {
        const auto value = varint();
        if (!value) return std::nullopt;
        field.value = *value;
        return field;
      }
      case WireType::bytes: {
        const auto length = varint();
        if (!length || *length > rest_.size()) return std::nullopt;
        field.bytes = take(static_cast<std::size_t>(*length));
        return field;
      }
      case WireType::fixed64:
      case WireType::fixed32: {
        const std::size_t length = field.type == WireType::fixed64 ? 8 : 4;
        if (rest_.size() < length) return std::nullopt;
        field.bytes = take(length);
        return field;
      }
    }
    return std::nullopt;  // groups are older than any of these messages
  }

 private:
  std::string_view take(std::size_t length) {
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      if (shift == 63 && byte > 1) return std::nullopt;
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

  std::string_view rest_;
};

// Recurses as deep as the tables.
class Decoder {
 public:
  bool message(const ProtobufMessage& known, std::string_view bytes, json& out) {
    if (!out.is_object()) out = json::object();
    for (Reader reader(bytes); !reader.at_end();) {
      const auto field = reader.next();
      if (!field) return false;
      const auto entry = std::ranges::find(known.fields, field->number, &ProtobufField::number);
      if (entry == known.fields.end() || entry->type == ProtobufField::Type::skipped) continue;
      if (!this->field(*entry, *field, out)) return false;
    }
    return true;
  }

 private:
  bool field(const ProtobufField& known, const Field& field, json& out) {
    const bool is_number =
        known.type == ProtobufField::Type::boolean || known.type == ProtobufField::Type::integer;
    if (field.type != (is_number ? WireType::varint : WireType::bytes)) return false;
    if (!known.repeated && known.type != ProtobufField::Type::text_map) {
      json& value = out[known.name];
      if (!one(known, field, value)) return false;
      // What is not set is written out by Go as empty, and is absent in JSON.
      if (value.is_null() || value == "") out.erase(std::string(known.name));
      return true;
    }
    if (++elements_ > max_elements) return false;
    if (known.type == ProtobufField::Type::text_map) return map_entry(field.bytes, out[known.name]);
    json value;
    if (!one(known, field, value)) return false;
    out[known.name].push_back(std::move(value));
    return true;
  }

  bool one(const ProtobufField& known, const Field& field, json& out) {
    switch (known.type) {
      case ProtobufField::Type::text:
        return text(field.bytes, out);
      case ProtobufField::Type::boolean:
        out = field.value != 0;
        return true;
      case ProtobufField::Type::integer:
        out = static_cast<std::int64_t>(field.value);
        return true;
      case ProtobufField::Type::message:
        return message(*known.message, field.bytes, out);
      case ProtobufField::Type::time:
        return time(field.bytes, out);
      case ProtobufField::Type::text_map:
      case ProtobufField::Type::skipped:
        break;
    }
    return false;
  }

  static bool text(std::string_view bytes, json& out) {
    if (!is_utf8(bytes)) return false;
    out = bytes;
    return true;
  }

  static bool map_entry(std::string_view bytes, json& out) {
    json key = "", value = "";
    for (Reader reader(bytes); !reader.at_end();) {
      const auto field = reader.next();
      if (!field) return false;
      if (field->number > 2) continue;
      if (field->type != WireType::bytes || !text(field->bytes, field->number == 1 ? key : value))
        return false;
    }
    out[key.get_ref<const std::string&>()] = std::move(value);
    return true;
  }

  // Nothing where no time is set.
  static bool time(std::string_view bytes, json& out) {
    std::uint64_t seconds = 0;
    for (Reader reader(bytes); !reader.at_end();) {
      const auto field = reader.next();
      if (!field) return false;
      if (field->number == 1 && field->type == WireType::varint) seconds = field->value;
    }
    if (seconds > last_second) return false;
    if (seconds > 0)
      out = resources::rfc3339(
          std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(seconds))));
    return true;
  }

  std::size_t elements_ = 0;
};

constexpr ProtobufField type_meta_fields[] = {{1, "apiVersion"}, {2, "kind"}};
constexpr ProtobufMessage type_meta{type_meta_fields};

}  // namespace

Reply<json> read_protobuf(std::string_view bytes, std::string_view expected) {
  const auto malformed = bad_request("the body is not the protobuf that its content type says");
  if (!bytes.starts_with(magic)) return malformed;
  Decoder decoder;
  json out = json::object();
  std::string_view object;
  for (Reader reader(bytes.substr(magic.size())); !reader.at_end();) {
    const auto field = reader.next();
    if (!field) return malformed;
    if (field->type != WireType::bytes) continue;
    if (field->number == 1 && !decoder.message(type_meta, field->bytes, out)) return malformed;
    if (field->number == 2) object = field->bytes;
  }
  const std::string kind = out.value("kind", ""), api_version = out.value("apiVersion", "");
  const ProtobufMessage* known = find_protobuf_message(api_version, kind);
  if (known == nullptr || (!expected.empty() && kind != expected))
    return unsupported_media_type("application/json");
  if (!decoder.message(*known, object, out)) return malformed;
  return out;
}

}  // namespace doorward::rest
