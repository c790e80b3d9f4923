#pragma once
// The signatures that a token may have (RFC 7518 section 3.1): the asymmetric ones, each with the one type of
// key that it fits. `none` and HS* are not here, so that no configuration can name them: a public key used as
// an HMAC secret is known to everybody (RFC 8725 section 2.1).
#include <algorithm>
#include <iterator>
#include <string_view>

namespace oauth_bridge {

struct Algorithm {
  std::string_view name;   // `alg`
  std::string_view kty;    // of the key
  std::string_view curve;  // `crv` of the key; empty: it has none
};

inline constexpr Algorithm algorithms[] = {
    {"RS256", "RSA", ""},     {"RS384", "RSA", ""},     {"RS512", "RSA", ""},
    {"PS256", "RSA", ""},     {"PS384", "RSA", ""},     {"PS512", "RSA", ""},
    {"ES256", "EC", "P-256"}, {"ES384", "EC", "P-384"}, {"ES512", "EC", "P-521"},
};

// Null where there is none of that name.
inline const Algorithm* find_algorithm(std::string_view name) {
  const auto* found = std::ranges::find(algorithms, name, &Algorithm::name);
  return found == std::end(algorithms) ? nullptr : found;
}

}  // namespace oauth_bridge
