#pragma once
// The tables that protobuf.cpp reads by.
#include <cstdint>
#include <span>
#include <string_view>

namespace doorward::rest {

struct ProtobufMessage;

struct ProtobufField {
  enum class Type {
    text,      // string
    boolean,   // varint
    integer,   // varint, int64
    message,   // `message` says which
    text_map,  // map<string, string>
    time,      // meta/v1 Time: seconds and nanoseconds
    skipped,   // known, and not wanted
  };
  std::uint32_t number;
  std::string_view name;  // of the JSON field
  Type type = Type::text;
  bool repeated = false;
  const ProtobufMessage* message = nullptr;
};

struct ProtobufMessage {
  std::span<const ProtobufField> fields;
};

// The message of a kind, or null where protobuf is not read for it.
const ProtobufMessage* find_protobuf_message(std::string_view api_version, std::string_view kind);

}  // namespace doorward::rest
