#pragma once
// The hash functions under every mechanism, by OpenSSL 3: digest, HMAC, PBKDF2 and random bytes. Safe from
// any thread: each thread keeps fetched contexts of its own, since fetching or allocating one for each call
// costs more than the HMAC itself.
//
// OpenSSL fails here only for want of memory, or where its installation lacks a hash. Both throw
// std::runtime_error that names the function: nothing that a peer sends can cause it, and there is no way to
// go on.
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

// hmac() keeps the key of its last call in the thread's context. After a key that must not linger, call this.
void forget_hmac_key(ScramHash hash);

// From OpenSSL's generator for the public, fit for salts, nonces and keys.
std::string random_bytes(std::size_t count);

}  // namespace doorward
