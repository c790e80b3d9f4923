#pragma once
// What a client sends with OAUTHBEARER (RFC 7628 section 3.1) and with XOAUTH2, Google's form before it. Pure
// functions. A reader of our own beside the one of doorward's mechanisms, since a bridge is built on the
// plugin header alone; that one speaks the log's language, too, and knows names of service accounts.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace oauth_bridge {

// A message has to fit into a SASL frame of 16 KiB with a name beside the token.
inline constexpr std::size_t max_token_bytes = 12 * 1'024;

struct Message {
  std::string username;  // as claimed, decoded; empty: none is claimed
  std::string_view
      token;  // of the bytes that a bearer token may have (RFC 6750 section 2.1); a view of the message
};

// Nothing for a message that is malformed, or whose token is longer than max_token_bytes.
std::optional<Message> read_oauthbearer(std::string_view message);
std::optional<Message> read_xoauth2(std::string_view message);

}  // namespace oauth_bridge
