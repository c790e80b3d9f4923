#pragma once
// MessagingUser: a user and what it may do; from its manifest to the login record that the store keeps.
#include "policies/open_size.hpp"
#include "server/resources/kinds/schema.hpp"
#include "server/resources/kinds/user_credentials.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::resources {

const Schema& messaging_user_schema();
FieldErrors validate_messaging_user(const nlohmann::json& object);

// The address space of a user: the text before the first dot of its `metadata.name`.
std::string_view address_space_of(std::string_view user_name);

struct UserSettings {
  std::uint32_t iterations = ScramCredential::default_iterations;
  // What a password becomes; without SCRAM-SHA-1 where that is switched off.
  std::vector<ScramHash> hashes{std::begin(all_scram_hashes), std::end(all_scram_hashes)};
  std::size_t open_bytes = default_open_bytes;  // what the `open` reply may have
};

// The login record of a user that validate_messaging_user() accepts, in `realm`. `current` is its record so
// far: its credentials stay where the manifest carries none, or the password that they were made from. Takes
// one PBKDF2 to recognise a password and one for each hash to take a new one, milliseconds of CPU time each,
// but for the password that `derived` holds.
std::expected<LoginRecord, FieldErrors> derive_login(const nlohmann::json& object, const Realm& realm,
                                                     const std::optional<LoginRecord>& current,
                                                     const UserSettings& settings, DerivedPassword& derived);

// What `status` says: Active, or Pending with the reason. `before` is the status so far, `now` the time in
// RFC 3339: credentials that stayed keep their `since`.
struct UserState {
  std::uint64_t generation = 1;
  std::string pending;  // empty: Active
};
nlohmann::json messaging_user_status(const UserState& state, const LoginRecord& login,
                                     const std::optional<LoginRecord>& login_before,
                                     const nlohmann::json& before, std::string_view now);

// What is accepted and may not mean what its author thinks, a sentence each.
std::vector<std::string> messaging_user_warnings(const LoginRecord& login);

}  // namespace doorward::resources
