#include "server/resources/kinds/password_rotation.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/uid.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace doorward::resources {

using std::chrono::sys_seconds;

namespace {

std::string until_text(const nlohmann::json& object) {
  return text_at(object, {"spec", "authentication", "previousPasswordUntil"});
}

bool is_same_password(const ScramKeys& a, const ScramKeys& b) { return a.stored_key == b.stored_key; }

// The pair of the password before, as it shall be from now on.
std::optional<ScramKeys> previous_of(const ScramCredential& next, const ScramCredential& current,
                                     sys_seconds until, sys_seconds now) {
  if (current.salt != next.salt || current.iterations != next.iterations) return std::nullopt;
  const bool is_new = !is_same_password(current.keys.front(), next.keys.front());
  if (!is_new && current.keys.size() < 2) return std::nullopt;
  ScramKeys previous = is_new ? current.keys.front() : current.keys.back();
  // What has ended stays so: an expired password must not come back to life with a later date.
  const bool has_ended = previous.not_after && *previous.not_after <= now && *previous.not_after != until;
  if (has_ended || (is_new && until <= now)) return std::nullopt;
  previous.not_after = until;
  return previous;
}

}  // namespace

void check_previous_until(const nlohmann::json& object, FieldErrors& errors) {
  const std::string text = until_text(object);
  if (find_at(object, {"spec", "authentication", "previousPasswordUntil"}) == nullptr) return;
  if (!parse_rfc3339(text))
    errors.push_back({FieldError::Type::invalid, std::string(previous_until_field),
                      "is no time as RFC 3339 writes it: use one like 2026-11-22T20:39:41Z"});
}

std::expected<std::optional<sys_seconds>, FieldError> previous_until(const nlohmann::json& object,
                                                                     sys_seconds now) {
  const auto until = parse_rfc3339(until_text(object));
  if (until && *until > now + max_rotation)
    return std::unexpected(FieldError{FieldError::Type::invalid, std::string(previous_until_field),
                                      "is more than " + std::to_string(max_rotation.count()) +
                                          " days ahead: two passwords are for a rotation, choose an earlier "
                                          "time"});
  return until;
}

std::vector<ScramCredential> without_previous(std::vector<ScramCredential> credentials) {
  for (auto& credential : credentials)
    std::erase_if(credential.keys, [](const ScramKeys& keys) { return keys.not_after.has_value(); });
  return credentials;
}

std::vector<ScramCredential> with_previous(std::vector<ScramCredential> next,
                                           std::span<const ScramCredential> current,
                                           std::optional<sys_seconds> until, sys_seconds now) {
  if (!until) return next;
  for (auto& credential : next) {
    if (credential.keys.size() > 1) continue;  // two verifiers that somebody gave
    const auto before = std::ranges::find(current, credential.hash, &ScramCredential::hash);
    if (before == current.end()) continue;
    if (auto previous = previous_of(credential, *before, *until, now))
      credential.keys.push_back(std::move(*previous));
  }
  return next;
}

}  // namespace doorward::resources
