#pragma once
// Whether AMQP values (AMQP 1.0 part 1, section 1) are well-formed down to the innermost: sizes and counts
// agree on every level, strings are UTF-8, symbols ASCII, every key has a value. Nothing is allocated and
// nothing recurses, however deep a peer nests. No I/O, any thread.
#include "server/amqp/wire/reader.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace doorward::wire {

// Lists, maps, arrays and described values within each other, the performative itself counted. The deepest
// that a peer was seen to send is 5.
inline constexpr std::size_t max_depth = 32;
// Of `value` and of all that it holds, nothing of which may lie deeper than `max_depth` when what it holds
// lies `depth` deep. REQUIRES: depth <= max_depth.
Read<> check_value(const Value& value, std::size_t depth);
// That `bytes` are `count` well-formed values and nothing else. For tests and fuzzers, which judge by it what
// is taken: doorward checks each field of a frame as it comes to it.
Read<> check_values(std::string_view bytes, std::uint32_t count);

}  // namespace doorward::wire
