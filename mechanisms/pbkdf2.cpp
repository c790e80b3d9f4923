// See digest.hpp. By nettle, whose HMAC keeps the two halves of a key ready: an iteration is two compressions
// of the hash and little else, where OpenSSL 3.0 takes more than twice as long.
#include "mechanisms/digest.hpp"

#include <cstddef>
#include <cstdint>
#include <nettle/hmac.h>
#include <nettle/pbkdf2.h>

#include <openssl/crypto.h>

#undef pbkdf2  // nettle renames its own by macros

namespace doorward {
namespace {

const std::uint8_t* octets(std::string_view bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data() ? bytes.data() : "");
}

template <class Context, auto set_key, auto update, auto finish>
void derive(Digest& out, std::string_view password, std::string_view salt, std::uint32_t iterations) {
  Context context;
  set_key(&context, password.size(), octets(password));
  nettle_pbkdf2(
      &context,
      [](void* of, std::size_t size, const std::uint8_t* data) {
        update(static_cast<Context*>(of), size, data);
      },
      [](void* of, std::size_t size, std::uint8_t* digest) {
        finish(static_cast<Context*>(of), size, digest);
      },
      out.size(), iterations, salt.size(), octets(salt), out.size(), out.data());
  OPENSSL_cleanse(&context, sizeof context);
}

}  // namespace

Digest pbkdf2(ScramHash hash, std::string_view password, std::string_view salt, std::uint32_t iterations) {
  Digest out(hash);
  switch (hash) {
    case ScramHash::sha1:
      derive<hmac_sha1_ctx, hmac_sha1_set_key, hmac_sha1_update, hmac_sha1_digest>(out, password, salt,
                                                                                   iterations);
      break;
    case ScramHash::sha256:
      derive<hmac_sha256_ctx, hmac_sha256_set_key, hmac_sha256_update, hmac_sha256_digest>(out, password,
                                                                                           salt, iterations);
      break;
    case ScramHash::sha512:
      derive<hmac_sha512_ctx, hmac_sha512_set_key, hmac_sha512_update, hmac_sha512_digest>(out, password,
                                                                                           salt, iterations);
      break;
  }
  return out;
}

}  // namespace doorward
