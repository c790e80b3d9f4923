// See bearer_message.hpp. Read from the left, key by key; the grammar above each function is the RFC's.
#include "mechanisms/bearer_message.hpp"

#include "mechanisms/plain.hpp"
#include "mechanisms/scram_message.hpp"
#include "store/model/names.hpp"
#include "store/model/service_account.hpp"

#include <algorithm>

namespace doorward {
namespace {

constexpr char kvsep = '\x01';

std::unexpected<LoginReason> malformed() { return std::unexpected(LoginReason::malformed_message); }

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

//   value = *(VCHAR / SP / HTAB / CR / LF )
bool is_value(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '\x20' && c <= '\x7e') || c == '\t' || c == '\r' || c == '\n'; });
}

//   auth   = "Bearer" 1*SP b64token    ; the scheme in any case (RFC 7235 section 2.1)
// Nothing where it is another scheme.
std::optional<std::string_view> token_of(std::string_view auth) {
  constexpr std::string_view scheme = "bearer ";
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  if (auth.size() < scheme.size() || !std::ranges::equal(auth.substr(0, scheme.size()), scheme, {}, lower)) {
    return std::nullopt;
  }
  auth.remove_prefix(std::min(auth.find_first_not_of(' ', scheme.size()), auth.size()));
  return auth;
}

//   *kvpair kvsep
//   kvpair = key "=" value kvsep
//   key    = 1*(ALPHA)
// Other keys (`host`, `port`) say where the client thinks it is, and count for nothing.
std::expected<std::string_view, LoginReason> token_in_pairs(std::string_view pairs) {
  std::optional<std::string_view> token;
  while (!pairs.starts_with(kvsep)) {
    const std::size_t end = pairs.find(kvsep);
    if (end == std::string_view::npos) return malformed();
    const std::string_view pair = pairs.substr(0, end);
    pairs.remove_prefix(end + 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) return malformed();
    const std::string_view key = pair.substr(0, equals);
    const std::string_view value = pair.substr(equals + 1);
    if (!std::ranges::all_of(key, is_alpha)) return malformed();
    if (key == "auth") {
      if (token) return malformed();
      token = token_of(value);
      if (!token) return malformed();
      if (const auto fault = fault_of_token(*token)) return std::unexpected(*fault);
    } else if (!is_value(value)) {
      return malformed();
    }
  }
  if (pairs.size() != 1 || !token) return malformed();
  return *token;
}

std::expected<BearerMessage, LoginReason> message_of(std::string username, std::string_view pairs) {
  const auto token = token_in_pairs(pairs);
  if (!token) return std::unexpected(token.error());
  if (username == any_service_account) username.clear();
  return BearerMessage{.username = std::move(username), .token = *token};
}

}  // namespace

//   b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
std::optional<LoginReason> fault_of_token(std::string_view text) {
  if (text.size() > max_token_bytes) return LoginReason::token_too_long;
  const std::string_view body = text.substr(0, text.find_last_not_of('=') + 1);
  const bool well_formed = !body.empty() && std::ranges::all_of(body, [](char c) {
    return is_alpha(c) || (c >= '0' && c <= '9') || std::string_view("-._~+/").contains(c);
  });
  if (!well_formed) return LoginReason::token_malformed;
  return std::nullopt;
}

//   client-resp    = (gs2-header kvsep *kvpair kvsep) / kvsep
//   gs2-header     = gs2-cb-flag "," [gs2-authzid] ","    ;; RFC 5801 section 4
//   gs2-cb-flag    = ("p=" cb-name) / "n" / "y"
//   gs2-authzid    = "a=" saslname
// The lone kvsep is the answer to an error, and no beginning.
std::expected<BearerMessage, LoginReason> parse_oauthbearer(std::string_view message) {
  if (message.starts_with("p=")) return std::unexpected(LoginReason::channel_binding);
  if (!message.starts_with("n,") && !message.starts_with("y,")) return malformed();
  message.remove_prefix(2);
  std::string username;
  const std::size_t comma = message.find(',');
  if (comma == std::string_view::npos) return malformed();
  if (comma != 0) {
    const std::string_view authzid = message.substr(0, comma);
    auto decoded = authzid.starts_with("a=") ? decode_saslname(authzid.substr(2)) : std::nullopt;
    if (!decoded || !is_utf8(*decoded) || decoded->contains('\0')) return malformed();
    username = std::move(*decoded);
  }
  message.remove_prefix(comma + 1);
  if (!message.starts_with(kvsep)) return malformed();
  return message_of(std::move(username), message.substr(1));
}

//   message = "user=" [name] %x01 "auth=Bearer " token %x01 %x01
// Read like the pairs of OAUTHBEARER, behind a name that is not escaped.
std::expected<BearerMessage, LoginReason> parse_xoauth2(std::string_view message) {
  constexpr std::string_view key = "user=";
  const std::size_t end = message.find(kvsep);
  if (!message.starts_with(key) || end == std::string_view::npos) return malformed();
  const std::string_view name = message.substr(key.size(), end - key.size());
  if (name.size() > max_plain_name_bytes || !is_utf8(name) || name.contains('\0')) return malformed();
  return message_of(std::string(name), message.substr(end + 1));
}

}  // namespace doorward
