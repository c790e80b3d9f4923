#pragma once
// The credential of a user who does not exist: what a stranger sees of it is as steady, and of the same
// shape, as that of one who does, whether the attempt is repeated, made at another replica or after a
// restart. Cheap, so that a login can make one for everybody and throw it away: where all shapes are one,
// which is usual, it takes one HMAC, and one more where they are not.
//
// Shared by all loops; it never changes once it is made.
#include "store/model/scram_credential.hpp"
#include "store/model/secret.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace doorward {

class Decoys {
 public:
  // `key` is kept in the store; `iterations` is what new credentials get, and so the default of decoys.
  explicit Decoys(Secret key, std::uint32_t iterations = ScramCredential::default_iterations);

  // `realm` and `username` are as the client gave them, prepared; the realm need not exist. `shapes`, in any
  // order: those in use in the realm, each once; none, or none with a weight: the default. For a user who
  // exists but lacks this hash: the shapes of the credentials that this user has, since all of a user's are
  // alike.
  //
  // The shape depends on realm and name, not on the hash, because a user's credentials were derived together;
  // when weights change a little, few names change their shape.
  ScramCredential credential(std::string_view realm, std::string_view username, ScramHash hash,
                             std::span<const CredentialShape> shapes) const;
  // The one by which a password is verified that comes as such: of the hash that goes with the shape.
  ScramCredential for_password(std::string_view realm, std::string_view username,
                               std::span<const CredentialShape> shapes) const;

 private:
  ScramCredential shaped(std::string_view realm, std::string_view username, ScramHash hash,
                         const CredentialShape& shape) const;

  CredentialShape pick(std::string_view realm, std::string_view username,
                       std::span<const CredentialShape> shapes) const;

  Secret key_;
  std::uint32_t iterations_;
  // One pair for each hash serves all names: nobody ever sees it, and no proof fits it.
  std::array<ScramKeys, std::size(all_scram_hashes)> keys_;
};

}  // namespace doorward
