#pragma once
// How many descriptors the process may have, and what that leaves for connections. Called once, at start.
#include <cstddef>

namespace doorward {

// Raises RLIMIT_NOFILE to its hard limit and answers what it is then.
std::size_t raise_open_files();

// `wanted`, or what is left of `open_files` beside everything that is no connection; one at least.
std::size_t connections_within(std::size_t open_files, std::size_t wanted, std::size_t threads);

}  // namespace doorward
