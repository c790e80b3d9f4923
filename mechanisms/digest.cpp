// See digest.hpp.
#include "mechanisms/digest.hpp"

#include "mechanisms/nettle_hash.hpp"

#include <stdexcept>

#include <openssl/rand.h>

namespace doorward {

Digest::~Digest() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

Digest& Digest::operator^=(std::string_view other) {
  for (std::size_t i = 0; i < size_; ++i) bytes_[i] ^= static_cast<unsigned char>(other[i]);
  return *this;
}

Digest digest(ScramHash hash, std::string_view message) {
  Digest out(hash);
  nettle::with(hash, [&]<class Hash>(Hash) {
    nettle::Wiped<typename Hash::Context> wiped;
    Hash::init(&wiped.context);
    Hash::update(&wiped.context, message.size(), nettle::octets(message));
    Hash::finish(&wiped.context, out.size(), out.data());
  });
  return out;
}

Digest hmac(ScramHash hash, std::string_view key, std::string_view message) {
  Digest out(hash);
  nettle::with(hash, [&]<class Hash>(Hash) {
    nettle::Wiped<typename Hash::Hmac> wiped;
    Hash::hmac_set_key(&wiped.context, key.size(), nettle::octets(key));
    Hash::hmac_update(&wiped.context, message.size(), nettle::octets(message));
    Hash::hmac_finish(&wiped.context, out.size(), out.data());
  });
  return out;
}

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) != 1)
    throw std::runtime_error("OpenSSL: RAND_bytes failed");
  return out;
}

}  // namespace doorward
