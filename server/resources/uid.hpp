#pragma once
// What the server adds to a new object's metadata.
#include <chrono>
#include <string>

namespace doorward::resources {

// A random UUID (RFC 4122 version 4).
std::string new_uid();

// RFC 3339, UTC, seconds: `2026-11-22T20:39:41Z`.
std::string rfc3339(std::chrono::sys_seconds time);

}  // namespace doorward::resources
