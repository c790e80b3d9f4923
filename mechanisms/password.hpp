#pragma once
// From a password to what the store keeps, and back to the question whether a password is the one (RFC 5802
// section 3). Pure functions, safe from any thread; each derivation takes milliseconds of CPU time, so none
// of these belongs on an event loop. Passwords go through saslprep() here and nowhere else.
#include "store/model/result.hpp"
#include "store/model/scram_credential.hpp"
#include "store/model/secret.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace doorward {

// One credential for each hash, in that order, each with a fresh salt.
std::vector<ScramCredential> derive_credentials(const Secret& password, std::uint32_t iterations,
                                                std::span<const ScramHash> hashes);

// The keys of `password` under the hash, salt and count of `like`: a second live pair for a rotation, or a
// verifier that may stand beside an existing one. They have no end.
ScramKeys derive_keys(const Secret& password, const ScramCredential& like);

// Whether `password` belongs to a live key pair. Asks the SHA-256 credential, else SHA-512, else SHA-1, and
// takes the same time for a right and a wrong password. False where there is no credential.
bool verify_password(const Secret& password, std::span<const ScramCredential> credentials);

// Whether the pair may still be used: the pair of the current password always, that of an earlier one until
// its end.
bool is_live(const ScramKeys& keys);

// 130 random bits in 26 lower-case letters and digits. With so many, the least iterations are enough.
Secret generate_password();

// A verifier for `password` with the hash, salt and count of the verifier `existing`, in the notation of
// ScramCredential::parse.
Result<std::string> verifier_like(const Secret& password, std::string_view existing);

}  // namespace doorward
