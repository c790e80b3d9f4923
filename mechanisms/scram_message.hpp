#pragma once
// The messages of SCRAM (RFC 5802 section 7, RFC 7677): parsers for what a client sends, builders for what
// the server answers. Pure functions; what they return views the message that was given, which must outlive
// it, since the AuthMessage is made of the raw bytes.
#include "store/model/login_fact.hpp"
#include "store/model/secret.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace doorward {

// Bounds on what a client may send. The longest message within the bounds on its attributes has half of this.
inline constexpr std::size_t max_scram_message_bytes = 4'096;
inline constexpr std::size_t max_scram_nonce_bytes = 256;
inline constexpr std::size_t max_scram_name_bytes = 256;  // once `=2C` and `=3D` are decoded

struct ClientFirst {
  std::string_view gs2_header;  // as sent, up to and with its second comma
  std::string_view bare;        // the rest
  std::string authzid;          // decoded; empty where there is none
  std::string username;         // decoded
  std::string_view nonce;
};

struct ClientFinal {
  std::string_view channel_binding;  // base64, not decoded
  std::string_view nonce;
  Secret proof;                    // decoded
  std::string_view without_proof;  // all before ",p="
};

// `saslname` of RFC 5801 and RFC 5802; nothing where it is empty, too long or escapes other characters.
std::optional<std::string> decode_saslname(std::string_view text);

std::expected<ClientFirst, LoginReason> parse_client_first(std::string_view message);
std::expected<ClientFinal, LoginReason> parse_client_final(std::string_view message);

// `nonce`: the client's followed by the server's.
std::string server_first(std::string_view nonce, std::string_view salt, std::uint32_t iterations);
std::string server_final(std::string_view server_signature);

}  // namespace doorward
