// See scram_message.hpp. A message is read attribute by attribute, from the left; the grammar above each
// function is the RFC's. Attribute names are case-sensitive (RFC 5802 section 5.1).
#include "mechanisms/scram_message.hpp"

#include "store/model/base64.hpp"
#include "store/model/names.hpp"

#include <algorithm>

namespace doorward {
namespace {

std::unexpected<LoginReason> malformed() { return std::unexpected(LoginReason::malformed_message); }

// Cuts off what stands before the next comma, and the comma.
std::string_view take_field(std::string_view& rest) {
  const std::size_t comma = rest.find(',');
  const std::string_view field = rest.substr(0, comma);
  rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  return field;
}

// The value of the next attribute if that is the one, as its `name` ("n=") says.
std::optional<std::string_view> take_attribute(std::string_view& rest, std::string_view name) {
  if (!rest.starts_with(name)) return std::nullopt;
  return take_field(rest).substr(name.size());
}

//   nonce     = "r=" c-nonce [s-nonce]
//   c-nonce   = printable
//   printable = %x21-2B / %x2D-7E    ;; Printable ASCII except ","
bool is_nonce(std::string_view text) {
  return !text.empty() && text.size() <= max_scram_nonce_bytes &&
         std::ranges::all_of(text, [](char c) { return c >= '\x21' && c <= '\x7e' && c != ','; });
}

//   extensions = attr-val *("," attr-val)
//                ;; All extensions are optional, i.e., unrecognized attributes not defined in this document
//                MUST
//                ;; be ignored.
//   attr-val   = ALPHA "=" value
//   value      = 1*value-char
// An attribute that is defined there is out of place here; `m` means an extension that may not be ignored.
std::optional<LoginReason> fault_of_extension(std::string_view field) {
  if (field.starts_with("m=")) return LoginReason::unsupported_extension;
  const auto is_alpha = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const bool well_formed = field.size() > 2 && is_alpha(field[0]) && field[1] == '=';
  constexpr std::string_view defined = "anrcsipve";
  if (!well_formed || defined.contains(field[0])) return LoginReason::malformed_message;
  return std::nullopt;
}

bool is_acceptable(std::string_view message) {
  return message.size() <= max_scram_message_bytes && !message.contains('\0') && is_utf8(message);
}

}  // namespace

//   saslname        = 1*(value-safe-char / "=2C" / "=3D")
//   value-safe-char = %x01-2B / %x2D-3C / %x3E-7F / UTF8-2 / UTF8-3 / UTF8-4
//                     ;; UTF8-char except NUL, "=", and ",".
std::optional<std::string> decode_saslname(std::string_view text) {
  std::string name;
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('='), text.size());
    name += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (text.starts_with("=2C")) {
      name += ',';
    } else if (text.starts_with("=3D")) {
      name += '=';
    } else {
      return std::nullopt;
    }
    text.remove_prefix(3);
  }
  if (name.empty() || name.size() > max_scram_name_bytes) return std::nullopt;
  return name;
}

//   client-first-message      = gs2-header client-first-message-bare
//   gs2-header                = gs2-cbind-flag "," [ authzid ] ","
//   gs2-cbind-flag            = ("p=" cb-name) / "n" / "y"
//   authzid                   = "a=" saslname
//   client-first-message-bare = [reserved-mext ","] username "," nonce ["," extensions]
//   reserved-mext             = "m=" 1*(value-char)
//   username                  = "n=" saslname
std::expected<ClientFirst, LoginReason> parse_client_first(std::string_view message) {
  if (!is_acceptable(message)) return malformed();
  ClientFirst out;
  std::string_view rest = message;

  // No -PLUS mechanism is offered: `y` (the client could, and saw that the server cannot) tells the truth,
  // `p` asks for what was not offered.
  const std::string_view flag = take_field(rest);
  if (flag.starts_with("p=")) return std::unexpected(LoginReason::channel_binding);
  if (flag != "n" && flag != "y") return malformed();
  if (rest.starts_with(',')) {
    rest.remove_prefix(1);
  } else {
    const auto text = take_attribute(rest, "a=");
    auto authzid = text ? decode_saslname(*text) : std::nullopt;
    if (!authzid) return malformed();
    out.authzid = std::move(*authzid);
  }
  out.gs2_header = message.substr(0, message.size() - rest.size());
  out.bare = rest;

  if (rest.starts_with("m=")) return std::unexpected(LoginReason::unsupported_extension);
  const auto username = take_attribute(rest, "n=");
  auto decoded = username ? decode_saslname(*username) : std::nullopt;
  if (!decoded) return malformed();
  out.username = std::move(*decoded);

  const auto nonce = take_attribute(rest, "r=");
  if (!nonce || !is_nonce(*nonce)) return malformed();
  out.nonce = *nonce;

  if (message.ends_with(',')) return malformed();
  while (!rest.empty()) {
    if (const auto fault = fault_of_extension(take_field(rest))) return std::unexpected(*fault);
  }
  return out;
}

//   client-final-message               = client-final-message-without-proof "," proof
//   client-final-message-without-proof = channel-binding "," nonce ["," extensions]
//   channel-binding                    = "c=" base64
//   proof                              = "p=" base64
std::expected<ClientFinal, LoginReason> parse_client_final(std::string_view message) {
  if (!is_acceptable(message)) return malformed();
  ClientFinal out;
  std::string_view rest = message;

  const auto channel_binding = take_attribute(rest, "c=");
  if (!channel_binding || channel_binding->empty()) return malformed();
  out.channel_binding = *channel_binding;

  const auto nonce = take_attribute(rest, "r=");
  if (!nonce || nonce->empty()) return malformed();
  out.nonce = *nonce;

  while (!rest.empty() && !rest.starts_with("p=")) {
    if (const auto fault = fault_of_extension(take_field(rest))) return std::unexpected(*fault);
  }
  // What comes before the proof has at least two attributes and a comma behind them.
  out.without_proof = message.substr(0, message.size() - rest.size() - 1);
  const auto text = take_attribute(rest, "p=");
  auto proof = text ? base64_decode(*text) : std::nullopt;
  if (!proof) return malformed();
  out.proof = Secret(std::move(*proof));
  if (!rest.empty() || message.ends_with(',')) return malformed();
  return out;
}

//   server-first-message = [reserved-mext ","] nonce "," salt "," iteration-count ["," extensions]
//   salt                 = "s=" base64
//   iteration-count      = "i=" posit-number
std::string server_first(std::string_view nonce, std::string_view salt, std::uint32_t iterations) {
  std::string out = "r=";
  out += nonce;
  out += ",s=";
  out += base64_encode(salt);
  out += ",i=";
  out += std::to_string(iterations);
  return out;
}

//   server-final-message = (server-error / verifier) ["," extensions]
//   verifier             = "v=" base64    ;; base-64 encoded ServerSignature.
std::string server_final(std::string_view server_signature) { return "v=" + base64_encode(server_signature); }

}  // namespace doorward
