#pragma once
// The secrets of a MessagingUser: `spec.authentication.password` and `.credentials`. The only place of this
// room that reads them; part of messaging_user.hpp. Pure functions, but for fresh salts and the
// clock, which says whether a previous password is still live.
#include "server/resources/kinds/schema.hpp"
#include "store/model/scram_credential.hpp"
#include "store/model/secret.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::resources {

inline constexpr std::size_t max_password_bytes = 1'024;

// What one password became, kept for as long as a write goes on, so that an attempt which somebody else
// overtakes does not cost its PBKDF2 again. One thread at a time.
class DerivedPassword {
 public:
  // Has `work`, which takes PBKDF2, done on whatever thread; false where it was not and will not be.
  using Deriver = std::function<bool(const std::function<void()>& work)>;

  DerivedPassword() = default;  // at once, on the thread that asks
  explicit DerivedPassword(Deriver deriver) : deriver_(std::move(deriver)) {}

  // The credentials of `password`: `derive()`, or what it answered for the same three. `beside`: whether they
  // take over the salts and counts of `current`. Nothing where the deriver did not do it.
  std::optional<std::vector<ScramCredential>> get(
      const Secret& password, std::span<const ScramCredential> current, bool beside,
      const std::function<std::vector<ScramCredential>()>& derive);
  // Whether get() has ever answered nothing.
  bool gave_up() const { return gave_up_; }

 private:
  Deriver deriver_;
  bool gave_up_ = false;
  Secret password_;  // empty: none yet
  std::vector<ScramCredential> current_, derived_;
  bool beside_ = false;
};

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
                                                                         std::span<const ScramHash> hashes,
                                                                         DerivedPassword& derived);

}  // namespace doorward::resources
