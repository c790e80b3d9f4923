#pragma once
// nettle's functions for each hash of SCRAM. Private to this room. Their contexts are plain values: whoever
// uses one keeps it on the stack and wipes it.
#include "store/model/scram_credential.hpp"

#include <cstdint>
#include <nettle/hmac.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <string_view>
#include <utility>

#include <openssl/crypto.h>

namespace doorward::nettle {

template <class HashContext, auto Init, auto Update, auto Finish, class HmacContext, auto SetKey,
          auto HmacUpdate, auto HmacFinish>
struct Hash {
  using Context = HashContext;
  static constexpr auto init = Init;
  static constexpr auto update = Update;
  static constexpr auto finish = Finish;
  using Hmac = HmacContext;
  static constexpr auto hmac_set_key = SetKey;
  static constexpr auto hmac_update = HmacUpdate;
  static constexpr auto hmac_finish = HmacFinish;
};
using Sha1 = Hash<sha1_ctx, sha1_init, sha1_update, sha1_digest, hmac_sha1_ctx, hmac_sha1_set_key,
                  hmac_sha1_update, hmac_sha1_digest>;
using Sha256 = Hash<sha256_ctx, sha256_init, sha256_update, sha256_digest, hmac_sha256_ctx,
                    hmac_sha256_set_key, hmac_sha256_update, hmac_sha256_digest>;
using Sha512 = Hash<sha512_ctx, sha512_init, sha512_update, sha512_digest, hmac_sha512_ctx,
                    hmac_sha512_set_key, hmac_sha512_update, hmac_sha512_digest>;

// Calls `work` with the hash's functions.
template <class Work>
void with(ScramHash hash, Work work) {
  switch (hash) {
    case ScramHash::sha1:
      return work(Sha1());
    case ScramHash::sha256:
      return work(Sha256());
    case ScramHash::sha512:
      return work(Sha512());
  }
  std::unreachable();
}

// Wiped when it goes: it holds what was made of a key.
template <class Context>
struct Wiped {
  Wiped() = default;
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { OPENSSL_cleanse(&context, sizeof context); }

  Context context;
};

inline const std::uint8_t* octets(std::string_view bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data() ? bytes.data() : "");
}

}  // namespace doorward::nettle
