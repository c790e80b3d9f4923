#pragma once
// SASLprep (RFC 4013) by libidn, with PostgreSQL's rule for what it refuses: such names and passwords count
// as their raw bytes. Applied when a password is written and when one is verified, so that both sides always
// agree.
#include <cstddef>
#include <string>
#include <string_view>

namespace doorward {

// Longer text stays as it is: normalising takes time that grows with the square of the length.
inline constexpr std::size_t max_saslprep_bytes = 1'024;

// The prepared form, or `text` itself where it is pure ASCII, too long, not UTF-8, holds a code point that
// SASLprep prohibits or that Unicode 3.2 does not assign, or is empty once prepared.
std::string saslprep(std::string_view text);

}  // namespace doorward
