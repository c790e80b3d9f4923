#pragma once
// The credential of a user who does not exist: what a stranger sees of it is as steady, and of the same
// shape, as that of one who does, whether the attempt is repeated, made at another replica or after a
// restart. Pure; safe from any thread.
#include "store/model/scram_credential.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace doorward {

// `key` is kept in the store. `realm` and `username` are as the client gave them, prepared; the realm need
// not exist. `shapes`, in any order: those in use in the realm, each once; none, or none with a weight: the
// default. For a user who exists but lacks this hash: the shapes of the credentials that this user has, since
// all of a user's are alike.
//
// The shape depends on realm and name, not on the hash, because a user's credentials were derived together;
// when weights change a little, few names change their shape.
ScramCredential decoy_credential(std::string_view key, std::string_view realm, std::string_view username,
                                 ScramHash hash, std::span<const CredentialShape> shapes);

}  // namespace doorward
