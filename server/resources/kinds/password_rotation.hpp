#pragma once
// Two passwords of a user at once, so that clients can take the new one without a moment in which some cannot
// log in: `spec.authentication.previousPasswordUntil`. Part of user_credentials.hpp. Pure functions.
#include "server/resources/kinds/schema.hpp"
#include "store/model/scram_credential.hpp"

#include <chrono>
#include <expected>
#include <optional>
#include <span>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::resources {

inline constexpr std::string_view previous_until_field = "spec.authentication.previousPasswordUntil";
inline constexpr std::chrono::days max_rotation{90};

// What is wrong with the field, but for how far ahead it is.
void check_previous_until(const nlohmann::json& object, FieldErrors& errors);

// Until when the previous password shall live: nothing where the field is absent. Refuses what is more than
// max_rotation ahead of `now`.
std::expected<std::optional<std::chrono::sys_seconds>, FieldError> previous_until(
    const nlohmann::json& object, std::chrono::sys_seconds now);

// The credentials without the key pairs of an earlier password.
std::vector<ScramCredential> without_previous(std::vector<ScramCredential> credentials);

// `next` with the keys of the password before, which live until `until`: those that `current` has had so far
// where `next` is another password, those that are being phased out already where it is the same. Nothing is
// added where that time is over, or where the old keys have another salt or count: both pairs of a hash share
// them.
std::vector<ScramCredential> with_previous(std::vector<ScramCredential> next,
                                           std::span<const ScramCredential> current,
                                           std::optional<std::chrono::sys_seconds> until,
                                           std::chrono::sys_seconds now);

}  // namespace doorward::resources
