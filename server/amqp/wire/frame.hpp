#pragma once
// Protocol headers and frame headers of AMQP 1.0 (part 2, sections 2.2 and 2.3).
#include "store/model/result.hpp"

#include <cstdint>
#include <string_view>

namespace doorward::wire {

inline constexpr std::string_view sasl_header{"AMQP\x03\x01\x00\x00", 8};
inline constexpr std::string_view amqp_header{"AMQP\x00\x01\x00\x00", 8};
inline constexpr std::size_t header_bytes = 8;

enum class FrameType : std::uint8_t { amqp = 0, sasl = 1 };

struct FrameHeader {
  std::uint32_t size = 0;  // of the whole frame, these 8 bytes included
  std::uint32_t body_offset = 0;
  FrameType type = FrameType::amqp;
  std::uint16_t channel = 0;  // meaningless for SASL frames
};

// The size that a frame says it has: its first four bytes, of which there must be so many.
std::uint32_t announced_size(std::string_view frame);

// From the first 8 bytes of a frame. Refuses a size below 8 or above `max_frame_bytes`, a data offset below 2
// or behind the frame's end, and a type that is neither.
Result<FrameHeader> parse_frame_header(std::string_view first_eight, std::uint32_t max_frame_bytes);

}  // namespace doorward::wire
