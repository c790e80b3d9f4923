#pragma once
// What cjose may be given to decode. Its decoder ends the process by an assertion at some texts with padding
// (0.6.2), which base64url in JOSE never has (RFC 7515 section 2).
#include <algorithm>
#include <string_view>

namespace oauth_bridge {

inline bool is_base64url(std::string_view text) {
  return text.size() % 4 != 1 && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_';
         });
}

}  // namespace oauth_bridge
