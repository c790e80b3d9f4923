#pragma once
// The keys of an issuer: a JWK Set (RFC 7517) as it publishes them. Immutable, and shared by threads. What is
// no public key for one of the algorithms in use is left out: a set may hold keys for others.
#include "plugins/oauth/algorithm.hpp"

#include <cjose/jwk.h>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace oauth_bridge {

inline constexpr std::size_t max_key_set_bytes = 256 * 1'024;
inline constexpr std::size_t max_keys = 64;
// RFC 7518 section 3.3 asks for 2048 at least; a verification costs the square of it.
inline constexpr std::size_t min_rsa_bits = 2'048, max_rsa_bits = 8'192;

// What() says why, fit for a log.
struct NoKeySet : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Key {
  std::optional<std::string> kid;
  std::string kty, curve;
  std::optional<std::string> alg;  // the only one that it is for
  std::shared_ptr<const cjose_jwk_t> jwk;

  bool fits(const Algorithm& algorithm) const;
};

enum class NoKey : std::uint8_t {
  unknown,    // none has that name
  unfit,      // it has that name, and is for other signatures
  ambiguous,  // the token names none, and several would do
};

class KeySet {
 public:
  // Throws NoKeySet for what is none, or has no key for one of these algorithms.
  static KeySet read(std::string_view body, const std::vector<std::string>& algorithms);

  std::expected<const Key*, NoKey> find(const std::optional<std::string>& kid,
                                        const Algorithm& algorithm) const;
  std::size_t size() const { return keys_.size(); }

 private:
  std::vector<Key> keys_;
};

}  // namespace oauth_bridge
