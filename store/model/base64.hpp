#pragma once
// RFC 4648 section 4 base64 with padding, strict: no white space, no missing or superfluous padding, no bits
// left over. What does not round-trip is refused.
#include <optional>
#include <string>
#include <string_view>

namespace doorward {

std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace doorward
