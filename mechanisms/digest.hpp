#pragma once
// The hash functions under every mechanism: digest, HMAC and PBKDF2 by nettle, whose contexts are plain
// values on the stack (OpenSSL 3 takes twice as long for an HMAC of a few hundred bytes, and keeps its key),
// and random bytes by OpenSSL. Safe from any thread, and nothing of a key stays behind.
#include "store/model/scram_credential.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace doorward {

// What a hash or MAC gives: up to 64 bytes, on the stack, wiped when they go.
class Digest {
 public:
  explicit Digest(ScramHash hash) : size_(scram_digest_bytes(hash)) {}
  Digest(const Digest&) = default;
  Digest& operator=(const Digest&) = default;
  ~Digest();

  std::string_view view() const { return {reinterpret_cast<const char*>(bytes_.data()), size_}; }
  unsigned char* data() { return bytes_.data(); }
  std::size_t size() const { return size_; }

  // REQUIRES: other.size() == size()
  Digest& operator^=(std::string_view other);

 private:
  std::array<unsigned char, 64> bytes_{};
  std::size_t size_;
};

Digest digest(ScramHash hash, std::string_view message);
Digest hmac(ScramHash hash, std::string_view key, std::string_view message);

// The first block of PBKDF2 (RFC 8018 section 5.2), as long as the hash: Hi() of RFC 5802. Takes
// milliseconds.
Digest pbkdf2(ScramHash hash, std::string_view password, std::string_view salt, std::uint32_t iterations);

// From OpenSSL's generator for the public, fit for salts, nonces and keys. Throws std::runtime_error where it
// fails, for want of entropy: nothing that a peer sends can cause it, and there is no way to go on.
std::string random_bytes(std::size_t count);

}  // namespace doorward
