#include "store/model/secret.hpp"

#include <utility>

#include <openssl/crypto.h>

namespace doorward {

void wipe(std::string& bytes) {
  // The whole capacity: a string that shrank, or was moved from, leaves its old bytes behind its size.
  bytes.resize(bytes.capacity());
  OPENSSL_cleanse(bytes.data(), bytes.size());
  bytes.clear();
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Secret::Secret(std::string_view bytes) : bytes_(bytes) {}

Secret::Secret(std::string&& bytes) : bytes_(std::move(bytes)) { wipe(bytes); }

Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { wipe(other.bytes_); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe(bytes_);
    bytes_ = std::move(other.bytes_);
    wipe(other.bytes_);
  }
  return *this;
}

Secret::~Secret() { wipe(bytes_); }

bool Secret::equals(std::string_view other) const { return equal_in_constant_time(bytes_, other); }

}  // namespace doorward
