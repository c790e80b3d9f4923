#pragma once
// What the store keeps instead of a password (RFC 5802 section 3): a value, equal when its bytes are.
#include "store/model/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace doorward {

enum class ScramHash : std::uint8_t { sha1, sha256, sha512 };

inline constexpr ScramHash all_scram_hashes[] = {ScramHash::sha1, ScramHash::sha256, ScramHash::sha512};

std::string_view scram_mechanism(ScramHash hash);                    // "SCRAM-SHA-256"
std::optional<ScramHash> scram_hash_of(std::string_view mechanism);  // the reverse; no -PLUS
std::size_t scram_digest_bytes(ScramHash hash);                      // 20, 32, 64

// StoredKey and ServerKey of one password.
struct ScramKeys {
  std::string stored_key;
  std::string server_key;
  // Until when the pair is live; the pair of the current password has no end.
  std::optional<std::chrono::sys_seconds> not_after;
  bool operator==(const ScramKeys&) const = default;
};

struct ScramCredential {
  static constexpr std::uint32_t min_iterations = 4'096;
  static constexpr std::uint32_t max_iterations = 100'000;
  static constexpr std::uint32_t default_iterations = 32'768;
  static constexpr std::size_t min_salt_bytes = 16;
  static constexpr std::size_t max_salt_bytes = 64;

  ScramHash hash = ScramHash::sha256;
  std::string salt;
  std::uint32_t iterations = default_iterations;
  // One pair, or two while a password is being rotated (the current one first); both share salt and
  // iterations.
  std::vector<ScramKeys> keys;
  bool operator==(const ScramCredential&) const = default;

  // The notation of RFC 5803 as PostgreSQL writes it, for one pair of keys:
  //   SCRAM-SHA-256$32768:<salt>$<StoredKey>:<ServerKey>      (base64)
  // Refuses other hashes, counts and salts out of bounds, and keys of a wrong length. An error never quotes
  // key material.
  static Result<ScramCredential> parse(std::string_view verifier);
  // The notation above for `keys[index]`.
  std::string format(std::size_t index = 0) const;
};

// The credential of a user by which a password is verified that comes as such: SHA-256, else SHA-512, else
// SHA-1. Null where there is none.
const ScramCredential* for_password(std::span<const ScramCredential> credentials);

// A salt length and an iteration count, and the hash by which a password of the same user is verified, that
// are in use in a realm, by `weight` of its credentials.
struct CredentialShape {
  std::size_t salt_bytes;
  std::uint32_t iterations;
  std::uint64_t weight;
  ScramHash password_hash = ScramHash::sha256;
  bool operator==(const CredentialShape&) const = default;
};
// Those of these credentials, which are all of one user, each once.
std::vector<CredentialShape> shapes_of(std::span<const ScramCredential> credentials);

}  // namespace doorward
