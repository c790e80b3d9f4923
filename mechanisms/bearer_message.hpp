#pragma once
// What a client sends with OAUTHBEARER (RFC 7628 section 3.1) and with XOAUTH2, Google's form before it: a
// bearer token, and perhaps the name that it claims. Pure functions; the token is a view of the message that
// was given.
#include "store/model/login_fact.hpp"

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace doorward {

// A service account token has 1 to 2 KiB, and HTTP servers take no header of more than this.
inline constexpr std::size_t max_token_bytes = 8'192;

struct BearerMessage {
  std::string username;    // as claimed, decoded; empty: none is claimed
  std::string_view token;  // as fault_of_token() wants it
};

// Why the bytes can be no bearer token (RFC 6750 section 2.1), or nothing.
std::optional<LoginReason> fault_of_token(std::string_view text);

std::expected<BearerMessage, LoginReason> parse_oauthbearer(std::string_view message);
std::expected<BearerMessage, LoginReason> parse_xoauth2(std::string_view message);

}  // namespace doorward
