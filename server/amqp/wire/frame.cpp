#include "server/amqp/wire/frame.hpp"

#include <string>

namespace doorward::wire {
namespace {

std::uint32_t byte_of(std::string_view bytes, std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); }

}  // namespace

std::uint32_t announced_size(std::string_view frame) {
  return byte_of(frame, 0) << 24 | byte_of(frame, 1) << 16 | byte_of(frame, 2) << 8 | byte_of(frame, 3);
}

// AMQP 1.0 part 2, section 2.3:
//   size (4 bytes, of the whole frame), DOFF (1 byte, in words of 4 bytes), TYPE (1 byte), channel (2 bytes)
//   extended header up to DOFF, ignored; then the body
Result<FrameHeader> parse_frame_header(std::string_view first_eight, std::uint32_t max_frame_bytes) {
  if (first_eight.size() != header_bytes) return fail(ErrorCode::invalid, "a frame header is 8 bytes long");
  const auto byte = [&](std::size_t i) { return byte_of(first_eight, i); };

  FrameHeader header;
  header.size = announced_size(first_eight);
  if (header.size < header_bytes) {
    return fail(ErrorCode::invalid,
                "a frame of " + std::to_string(header.size) + " bytes is shorter than its header");
  }
  if (header.size > max_frame_bytes) {
    return fail(ErrorCode::invalid, "a frame of " + std::to_string(header.size) +
                                        " bytes is longer than the " + std::to_string(max_frame_bytes) +
                                        " allowed");
  }
  header.body_offset = byte(4) * 4;
  if (header.body_offset < header_bytes || header.body_offset > header.size) {
    return fail(ErrorCode::invalid, "a frame's body begins at byte " + std::to_string(header.body_offset) +
                                        ", outside of what follows its header");
  }
  if (byte(5) > 1)
    return fail(ErrorCode::invalid, "a frame's type is " + std::to_string(byte(5)) + ", not AMQP or SASL");
  header.type = static_cast<FrameType>(byte(5));
  header.channel = static_cast<std::uint16_t>(byte(6) << 8 | byte(7));
  return header;
}

}  // namespace doorward::wire
