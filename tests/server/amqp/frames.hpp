#pragma once
// What a delegate sends, written by hand from the specification and apart from the code under test.
#include "server/amqp/wire/frame.hpp"
#include "tests/server/amqp/wire/notation.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace doorward {

using wire::amqp_header;
using wire::big_endian;
using wire::bytes;
using wire::sasl_header;

// A frame of that type (0: AMQP, 1: SASL) with the smallest data offset.
inline std::string frame(int type, const std::string& body, int channel = 0) {
  return big_endian(body.size() + 8, 4) + '\x02' + static_cast<char>(type) + big_endian(channel, 2) + body;
}
// The first eight bytes of a frame that says it has that size.
inline std::string frame_head(std::size_t size, int type, int data_offset = 2) {
  return big_endian(size, 4) + static_cast<char>(data_offset) + static_cast<char>(type) + big_endian(0, 2);
}
// A described list in its 32-bit form, as a frame's body.
inline std::string performative(int code, std::size_t count, const std::string& fields) {
  return bytes("00 53") + static_cast<char>(code) + wire::wide(0xd0, count, fields);
}
inline std::string str32(std::string_view text) {
  return '\xb1' + big_endian(text.size(), 4) + std::string(text);
}
inline std::string sym32(std::string_view text) {
  return '\xb3' + big_endian(text.size(), 4) + std::string(text);
}
inline std::string bin32(std::string_view data) {
  return '\xb0' + big_endian(data.size(), 4) + std::string(data);
}
inline const std::string null_field(1, '\x40');

inline std::string sasl_init(std::string_view mechanism, std::optional<std::string_view> response,
                             std::string_view hostname) {
  return frame(1, performative(0x41, 3,
                               sym32(mechanism) + (response ? bin32(*response) : null_field) +
                                   (hostname.empty() ? null_field : str32(hostname))));
}
inline std::string sasl_response(std::string_view response) {
  return frame(1, performative(0x43, 1, bin32(response)));
}

// An open that desires ADDRESS-AUTHZ, with that max-frame-size if any.
inline std::string open_frame(std::string_view container, std::optional<std::uint32_t> max_frame_size = {},
                              bool desires = true) {
  const std::string size = max_frame_size ? '\x70' + big_endian(*max_frame_size, 4) : null_field;
  std::string fields = str32(container) + null_field + size;
  for (int i = 0; i < 5; ++i) fields += null_field;  // channel-max .. offered-capabilities
  fields += desires ? sym32("ADDRESS-AUTHZ") : null_field;
  return frame(0, performative(0x10, 9, fields));
}
inline const std::string close_frame = frame(0, bytes("00 53 18 45"));
inline const std::string empty_frame = frame(0, "");

inline std::string plain(std::string_view username, std::string_view password) {
  std::string message;
  message.append(1, '\0').append(username).append(1, '\0').append(password);
  return message;
}

// A whole login with PLAIN as one write.
inline std::string pipelined_login(std::string_view realm, std::string_view username,
                                   std::string_view password) {
  return std::string(sasl_header) + sasl_init("PLAIN", plain(username, password), realm) +
         std::string(amqp_header) + open_frame("router");
}

}  // namespace doorward
