#pragma once
// The secrets of a MessagingUser: `spec.authentication.password` and `.credentials`. The only place of this
// room that reads them; part of messaging_user.hpp. Pure functions, but for fresh salts and the
// clock, which says whether a previous password is still live.
#include "server/resources/kinds/schema.hpp"
#include "store/model/scram_credential.hpp"

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::resources {

inline constexpr std::size_t max_password_bytes = 1'024;

// What is wrong with them, without a word of what they are.
void check_credentials(const nlohmann::json& object, FieldErrors& errors);

// What is accepted of a password and may not be meant; empty: nothing.
std::string password_remark(const nlohmann::json& object);

// The credentials of a user of type password: its verifiers as they are; `current` where it has no secret, or
// the password that `current` verifies; else fresh ones from the password. With a `previousPasswordUntil`
// ahead, a new password takes over salts and counts, and the keys of the old one stay until then
// (password_rotation.hpp). Without any of them: what to add.
std::expected<std::vector<ScramCredential>, FieldError> take_credentials(const nlohmann::json& object,
                                                                         std::vector<ScramCredential> current,
                                                                         std::uint32_t iterations,
                                                                         std::span<const ScramHash> hashes);

}  // namespace doorward::resources
