#include "plugins/oauth/message.hpp"

#include <algorithm>

namespace oauth_bridge {
namespace {

constexpr char kvsep = '\x01';

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

//   b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="    ; RFC 6750 section 2.1
bool is_token(std::string_view text) {
  const std::string_view body = text.substr(0, text.find_last_not_of('=') + 1);
  return text.size() <= max_token_bytes && !body.empty() && std::ranges::all_of(body, [](char c) {
           return is_alpha(c) || (c >= '0' && c <= '9') || std::string_view("-._~+/").contains(c);
         });
}

//   value = *(VCHAR / SP / HTAB / CR / LF )
bool is_value(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '\x20' && c <= '\x7e') || c == '\t' || c == '\r' || c == '\n'; });
}

//   auth = "Bearer" 1*SP b64token    ; the scheme in any case (RFC 7235 section 2.1)
std::optional<std::string_view> token_of(std::string_view auth) {
  constexpr std::string_view scheme = "bearer ";
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  if (auth.size() < scheme.size() || !std::ranges::equal(auth.substr(0, scheme.size()), scheme, {}, lower))
    return std::nullopt;
  auth.remove_prefix(std::min(auth.find_first_not_of(' ', scheme.size()), auth.size()));
  if (!is_token(auth)) return std::nullopt;
  return auth;
}

//   *kvpair kvsep
//   kvpair = key "=" value kvsep
//   key    = 1*(ALPHA)
// Other keys (`host`, `port`) say where the client thinks it is, and count for nothing.
std::optional<std::string_view> token_in_pairs(std::string_view pairs) {
  std::optional<std::string_view> token;
  while (!pairs.starts_with(kvsep)) {
    const std::size_t end = pairs.find(kvsep);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view pair = pairs.substr(0, end);
    pairs.remove_prefix(end + 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    const std::string_view key = pair.substr(0, equals), value = pair.substr(equals + 1);
    if (!std::ranges::all_of(key, is_alpha) || !is_value(value)) return std::nullopt;
    if (key != "auth") continue;
    if (token) return std::nullopt;
    token = token_of(value);
    if (!token) return std::nullopt;
  }
  return pairs.size() == 1 ? token : std::nullopt;
}

//   saslname = 1*(UTF8-char-safe / "=2C" / "=3D")    ; RFC 5801 section 4
std::optional<std::string> decode_saslname(std::string_view name) {
  if (name.empty()) return std::nullopt;
  std::string decoded;
  while (!name.empty()) {
    if (name.front() == '\0' || name.front() == kvsep) return std::nullopt;
    if (name.front() != '=') {
      decoded += name.front();
      name.remove_prefix(1);
      continue;
    }
    if (name.starts_with("=2C"))
      decoded += ',';
    else if (name.starts_with("=3D"))
      decoded += '=';
    else
      return std::nullopt;
    name.remove_prefix(3);
  }
  return decoded;
}

std::optional<Message> message_of(std::string username, std::string_view pairs) {
  const auto token = token_in_pairs(pairs);
  if (!token) return std::nullopt;
  return Message{.username = std::move(username), .token = *token};
}

}  // namespace

//   client-resp = (gs2-header kvsep *kvpair kvsep) / kvsep
//   gs2-header  = gs2-cb-flag "," [gs2-authzid] ","    ;; RFC 5801 section 4
//   gs2-authzid = "a=" saslname
// A client that wants channel binding ("p=") gets none; the lone kvsep is the answer to an error, and no
// beginning.
std::optional<Message> read_oauthbearer(std::string_view message) {
  if (!message.starts_with("n,") && !message.starts_with("y,")) return std::nullopt;
  message.remove_prefix(2);
  const std::size_t comma = message.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const std::string_view authzid = message.substr(0, comma);
  message.remove_prefix(comma + 1);
  if (!message.starts_with(kvsep)) return std::nullopt;
  std::string username;
  if (!authzid.empty()) {
    auto decoded = authzid.starts_with("a=") ? decode_saslname(authzid.substr(2)) : std::nullopt;
    if (!decoded) return std::nullopt;
    username = std::move(*decoded);
  }
  return message_of(std::move(username), message.substr(1));
}

//   message = "user=" [name] %x01 "auth=Bearer " token %x01 %x01
// Read like the pairs of OAUTHBEARER, behind a name that is not escaped.
std::optional<Message> read_xoauth2(std::string_view message) {
  constexpr std::string_view key = "user=";
  const std::size_t end = message.find(kvsep);
  if (!message.starts_with(key) || end == std::string_view::npos) return std::nullopt;
  return message_of(std::string(message.substr(key.size(), end - key.size())), message.substr(end + 1));
}

}  // namespace oauth_bridge
