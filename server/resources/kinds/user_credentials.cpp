#include "server/resources/kinds/user_credentials.hpp"

#include "mechanisms/password.hpp"
#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/password_rotation.hpp"
#include "store/model/base64.hpp"
#include "store/model/names.hpp"
#include "store/model/secret.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace doorward::resources {

namespace {

using nlohmann::json;
using Type = FieldError::Type;

constexpr std::string_view password_field = "spec.authentication.password";
constexpr std::string_view credentials_field = "spec.authentication.credentials";

// The bytes of a password, or nothing where the text is not base64. Line breaks are passed over, as
// Kubernetes does: `base64` wraps its output.
std::optional<Secret> decode(const json& value) {
  std::string text = value.get<std::string>();
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  auto bytes = base64_decode(text);
  wipe(text);
  if (!bytes) return std::nullopt;
  return Secret(std::move(*bytes));
}

void check_password(const json& value, FieldErrors& errors) {
  const auto refuse = [&](Type type, std::string message) {
    errors.push_back({type, std::string(password_field), std::move(message)});
  };
  const auto password = decode(value);
  if (!password) return refuse(Type::invalid, "is not base64: encode it with `printf %s PASSWORD | base64`");
  if (password->empty()) return refuse(Type::invalid, "is empty: choose a password");
  if (password->size() > max_password_bytes)
    return refuse(Type::too_long,
                  "has more than " + std::to_string(max_password_bytes) + " bytes: choose a shorter one");
  if (!is_utf8(password->reveal()))
    return refuse(Type::invalid,
                  "is not the base64 of UTF-8 text, so no client could send it: encode the password with "
                  "`printf %s PASSWORD | base64`");
  if (password->reveal().contains('\0')) refuse(Type::invalid, "contains a NUL, which no client can send");
}

// Joins the verifiers of one hash: two passwords may be live beside each other. Nothing where the second
// cannot stand beside the first.
bool join(std::vector<ScramCredential>& credentials, ScramCredential verifier) {
  const auto same = std::ranges::find(credentials, verifier.hash, &ScramCredential::hash);
  if (same == credentials.end()) {
    credentials.push_back(std::move(verifier));
    return true;
  }
  if (same->keys.size() > 1 || same->salt != verifier.salt || same->iterations != verifier.iterations)
    return false;
  same->keys.push_back(std::move(verifier.keys.front()));
  return true;
}

// The credentials that the verifiers say; what is wrong with them goes to `errors`.
std::vector<ScramCredential> read_verifiers(const json& list, FieldErrors& errors) {
  std::vector<ScramCredential> credentials;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!list[i].is_string()) continue;
    auto verifier = ScramCredential::parse(list[i].get_ref<const std::string&>());
    if (!verifier) {
      errors.push_back({Type::invalid, element(credentials_field, i), verifier.error().message});
    } else if (!join(credentials, std::move(*verifier))) {
      errors.push_back(
          {Type::duplicate, element(credentials_field, i),
           "at most two verifiers of one hash, and with one salt and count: make the second with "
           "`doorward verifier --like`"});
    }
  }
  return credentials;
}

// As derive_credentials(), with the salt and count that a hash has had so far: a client that asks for the one
// of two passwords cannot be told another salt.
std::vector<ScramCredential> derive_beside(const Secret& password, std::span<const ScramCredential> current,
                                           std::uint32_t iterations, std::span<const ScramHash> hashes) {
  std::vector<ScramCredential> credentials;
  for (const ScramHash hash : hashes) {
    const auto before = std::ranges::find(current, hash, &ScramCredential::hash);
    if (before == current.end()) {
      std::ranges::move(derive_credentials(password, iterations, std::span(&hash, 1)),
                        std::back_inserter(credentials));
      continue;
    }
    ScramCredential credential{
        .hash = hash, .salt = before->salt, .iterations = before->iterations, .keys = {}};
    credential.keys.push_back(derive_keys(password, credential));
    credentials.push_back(std::move(credential));
  }
  return credentials;
}

}  // namespace

std::optional<std::vector<ScramCredential>> DerivedPassword::get(
    const Secret& password, std::span<const ScramCredential> current, bool beside,
    const std::function<std::vector<ScramCredential>()>& derive) {
  const bool known = !password_.empty() && password_.equals(password.reveal()) && beside_ == beside &&
                     std::ranges::equal(current_, current);
  if (!known) {
    const auto work = [&] { derived_ = derive(); };
    if (!deriver_) {
      work();
    } else if (!deriver_(work)) {
      gave_up_ = true;
      return std::nullopt;
    }
    password_ = password.clone();
    current_.assign(current.begin(), current.end());
    beside_ = beside;
  }
  return derived_;
}

void check_credentials(const json& object, FieldErrors& errors) {
  const std::string type = text_at(object, {"spec", "authentication", "type"});
  const json* password = find_at(object, {"spec", "authentication", "password"});
  const json* verifiers = find_at(object, {"spec", "authentication", "credentials"});
  if (type == "federated" || type == "serviceaccount") {
    if (password != nullptr)
      errors.push_back(
          {Type::forbidden, std::string(password_field), "only a user of type password has one: remove it"});
    if (verifiers != nullptr)
      errors.push_back({Type::forbidden, std::string(credentials_field),
                        "only a user of type password has them: remove them"});
    if (find_at(object, {"spec", "authentication", "previousPasswordUntil"}) != nullptr)
      errors.push_back({Type::forbidden, std::string(previous_until_field),
                        "only a user of type password has one: remove it"});
    return;
  }
  check_previous_until(object, errors);
  if (password != nullptr && verifiers != nullptr)
    errors.push_back(
        {Type::forbidden, std::string(credentials_field), "give a password or credentials, not both"});
  if (password != nullptr && password->is_string()) check_password(*password, errors);
  if (verifiers == nullptr || !verifiers->is_array()) return;
  if (verifiers->empty())
    errors.push_back(
        {Type::required, std::string(credentials_field), "name a verifier, or remove the field"});
  read_verifiers(*verifiers, errors);
}

std::string password_remark(const json& object) {
  const json* password = find_at(object, {"spec", "authentication", "password"});
  if (password == nullptr || !password->is_string()) return "";
  const auto bytes = decode(*password);
  if (!bytes || !bytes->reveal().ends_with('\n')) return "";
  return "the password ends with a line break, as `echo PASSWORD | base64` makes it: if it is not meant, "
         "encode it with `printf %s PASSWORD | base64`";
}

std::expected<std::vector<ScramCredential>, FieldError> take_credentials(const json& object,
                                                                         std::vector<ScramCredential> current,
                                                                         std::uint32_t iterations,
                                                                         std::span<const ScramHash> hashes,
                                                                         DerivedPassword& derived) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto until = previous_until(object, now);
  if (!until) return std::unexpected(until.error());
  if (const json* verifiers = find_at(object, {"spec", "authentication", "credentials"})) {
    FieldErrors errors;
    auto credentials = read_verifiers(*verifiers, errors);
    if (!errors.empty()) return std::unexpected(std::move(errors.front()));
    std::ranges::sort(credentials, {}, &ScramCredential::hash);  // another order in the manifest is no change
    for (auto& credential : credentials) {
      if (credential.keys.size() > 1) credential.keys.back().not_after = *until;
    }
    return with_previous(std::move(credentials), current, *until, now);
  }
  if (const json* value = find_at(object, {"spec", "authentication", "password"})) {
    const auto password = decode(*value);
    if (!password)
      return std::unexpected(FieldError{Type::invalid, std::string(password_field), "is not base64"});
    const bool beside = *until > now;
    auto next = derived.get(*password, current, beside, [&] {
      std::vector<ScramCredential> live = without_previous(current);
      if (verify_password(*password, live)) return live;
      return beside ? derive_beside(*password, current, iterations, hashes)
                    : derive_credentials(*password, iterations, hashes);
    });
    if (!next)
      return std::unexpected(
          FieldError{Type::forbidden, std::string(password_field), "cannot be derived now: try again later"});
    return with_previous(std::move(*next), current, *until, now);
  }
  if (!current.empty()) return with_previous(without_previous(current), current, *until, now);
  return std::unexpected(FieldError{Type::required, std::string(password_field),
                                    "a user of type password needs a password (base64) or credentials "
                                    "(`doorward verifier` makes them)"});
}

}  // namespace doorward::resources
