// See digest.hpp. The contexts live as long as their thread.
#include "mechanisms/digest.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

namespace doorward {
namespace {

template <auto Free>
struct FreedBy {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using Handle = std::unique_ptr<T, FreedBy<Free>>;

const unsigned char* octets(std::string_view bytes) {
  // OpenSSL takes a null key for "the one before".
  return reinterpret_cast<const unsigned char*>(bytes.data() ? bytes.data() : "");
}

void require(bool worked, const char* function) {
  if (!worked) throw std::runtime_error(std::string("OpenSSL: ") + function + " failed");
}

const char* openssl_name(ScramHash hash) {
  switch (hash) {
    case ScramHash::sha1:
      return "SHA1";
    case ScramHash::sha256:
      return "SHA256";
    case ScramHash::sha512:
      break;
  }
  return "SHA512";
}

struct Engine {
  explicit Engine(ScramHash hash)
      : md(EVP_MD_fetch(nullptr, openssl_name(hash), nullptr)), md_context(EVP_MD_CTX_new()) {
    require(md && md_context, "EVP_MD_fetch");
    Handle<EVP_MAC, EVP_MAC_free> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    require(mac != nullptr, "EVP_MAC_fetch");
    mac_context.reset(EVP_MAC_CTX_new(mac.get()));
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(openssl_name(hash)), 0),
        OSSL_PARAM_construct_end()};
    require(mac_context && EVP_MAC_CTX_set_params(mac_context.get(), parameters), "EVP_MAC_CTX_set_params");
  }

  Handle<EVP_MD, EVP_MD_free> md;
  Handle<EVP_MD_CTX, EVP_MD_CTX_free> md_context;
  Handle<EVP_MAC_CTX, EVP_MAC_CTX_free> mac_context;
};

Engine& engine(ScramHash hash) {
  thread_local Engine engines[] = {Engine(ScramHash::sha1), Engine(ScramHash::sha256),
                                   Engine(ScramHash::sha512)};
  return engines[static_cast<std::size_t>(hash)];
}

}  // namespace

Digest::~Digest() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

Digest& Digest::operator^=(std::string_view other) {
  for (std::size_t i = 0; i < size_; ++i) bytes_[i] ^= static_cast<unsigned char>(other[i]);
  return *this;
}

Digest digest(ScramHash hash, std::string_view message) {
  Engine& with = engine(hash);
  Digest out(hash);
  EVP_MD_CTX* context = with.md_context.get();
  require(EVP_DigestInit_ex(context, with.md.get(), nullptr) &&
              EVP_DigestUpdate(context, octets(message), message.size()) &&
              EVP_DigestFinal_ex(context, out.data(), nullptr),
          "EVP_Digest");
  return out;
}

Digest hmac(ScramHash hash, std::string_view key, std::string_view message) {
  Digest out(hash);
  EVP_MAC_CTX* context = engine(hash).mac_context.get();
  std::size_t written = 0;
  require(EVP_MAC_init(context, octets(key), key.size(), nullptr) &&
              EVP_MAC_update(context, octets(message), message.size()) &&
              EVP_MAC_final(context, out.data(), &written, out.size()),
          "EVP_MAC");
  return out;
}

void forget_hmac_key(ScramHash hash) {
  require(EVP_MAC_init(engine(hash).mac_context.get(), octets(""), 0, nullptr), "EVP_MAC_init");
}

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  require(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) == 1,
          "RAND_bytes");
  return out;
}

}  // namespace doorward
