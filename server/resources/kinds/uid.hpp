#pragma once
// What the server adds to a new object's metadata.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace doorward::resources {

// A random UUID (RFC 4122 version 4).
std::string new_uid();

// RFC 3339, UTC, seconds: `2026-11-22T20:39:41Z`.
std::string rfc3339(std::chrono::sys_seconds time);

// The reverse, with any offset (`2026-11-22T20:39:41.5+01:00`); a fraction of a second is dropped. Nothing
// for what is no time of day of a day that there is.
std::optional<std::chrono::sys_seconds> parse_rfc3339(std::string_view text);

}  // namespace doorward::resources
