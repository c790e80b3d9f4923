#pragma once
// What a plugin tells beside its answers: the mechanisms it names, why its `open` failed, lines for the log.
// Read with the same suspicion as an answer. Pure functions, any thread.
#include "plugins/doorward_plugin.h"
#include "store/model/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace doorward::plugins {

inline constexpr std::size_t max_mechanisms = 32;
inline constexpr std::size_t max_log_bytes = 1'024;

// The list that ends with NULL; NULL itself is an empty one. `invalid`: a name that RFC 4422 does not know,
// one that comes twice, or too many; the message says which.
Result<std::vector<std::string>> read_mechanisms(const char* const* names);

// What `open` left in its buffer: UTF-8 without control characters, and never empty.
std::string read_open_reason(std::string_view buffer);

// As much of a line as is logged, and a view of the plugin's memory; the log itself escapes it.
std::string_view read_log_text(const doorward_bytes& text);

}  // namespace doorward::plugins
