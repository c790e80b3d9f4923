#pragma once
// How a command gets a password: from a terminal without showing it, or from a file or standard input. Never
// from the command line, where every process of the machine could read it.
#include "store/model/result.hpp"
#include "store/model/secret.hpp"

#include <cstddef>
#include <string_view>

namespace doorward {

inline constexpr std::size_t max_password_bytes = 1'024;
// A token is given in place of a password, and fills a SASL frame at most.
inline constexpr std::size_t max_token_bytes = 16'384;

// Each refuses more than `max_bytes`.

// Asks on the terminal, twice where `confirm`. `unavailable` where the process has no terminal. A terminal
// hands over 4,095 bytes of a line at most.
Result<Secret> prompt_password(std::string_view prompt, bool confirm, std::size_t max_bytes);

// The first line of the file (`-`: standard input) without its end.
Result<Secret> read_password(std::string_view file, std::size_t max_bytes);

// By a prompt where standard input is a terminal, else from standard input.
Result<Secret> prompt_or_read_password(std::string_view prompt, bool confirm, std::size_t max_bytes);

}  // namespace doorward
