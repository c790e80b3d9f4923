// See digest.hpp. nettle's HMAC keeps the two halves of a key ready: an iteration is two compressions of the
// hash and little else, where OpenSSL 3.0 takes more than twice as long.
#include "mechanisms/digest.hpp"
#include "mechanisms/nettle_hash.hpp"
#include "store/model/wiped_stack.hpp"

#include <cstddef>
#include <cstdint>
#include <nettle/pbkdf2.h>

#undef pbkdf2  // nettle renames its own by macros

namespace doorward {

Digest pbkdf2(ScramHash hash, std::string_view password, std::string_view salt, std::uint32_t iterations) {
  Digest out(hash);
  nettle::with(hash, [&]<class Hash>(Hash) {
    using Context = typename Hash::Hmac;
    nettle::Wiped<Context> wiped;
    Hash::hmac_set_key(&wiped.context, password.size(), nettle::octets(password));
    nettle_pbkdf2(
        &wiped.context,
        [](void* context, std::size_t size, const std::uint8_t* data) {
          Hash::hmac_update(static_cast<Context*>(context), size, data);
        },
        [](void* context, std::size_t size, std::uint8_t* mac) {
          Hash::hmac_finish(static_cast<Context*>(context), size, mac);
        },
        out.size(), iterations, salt.size(), nettle::octets(salt), out.size(), out.data());
  });
  wipe_stack();  // nettle leaves the result there
  return out;
}

}  // namespace doorward
