#pragma once
// Amounts as Kubernetes and Artemis write them, in whole numbers. Pure functions.
#include <cstdint>
#include <optional>
#include <string_view>

namespace doorward::render {

// quantity = 1*DIGIT [ "." 1*DIGIT ] [ suffix ]; suffix = k / M / G / T / P / Ki / Mi / Gi / Ti / Pi, or as
// Artemis writes them, with a b or B behind K / M / G / T / P: powers of two. Bytes, rounded down. Nothing
// where the text is something else, or more than a signed 64-bit number holds.
std::optional<std::uint64_t> bytes_of(std::string_view quantity);

}  // namespace doorward::render
