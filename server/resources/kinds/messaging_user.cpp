#include "server/resources/kinds/messaging_user.hpp"

#include "policies/addresses.hpp"
#include "policies/explain.hpp"
#include "policies/repeated_rules.hpp"
#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/user_credentials.hpp"
#include "store/model/names.hpp"
#include "store/model/service_account.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace doorward::resources {

using nlohmann::json;
using namespace shape;
using Type = FieldError::Type;

namespace {

constexpr std::size_t max_elements = 65'535;  // of rules, and of addresses in one, as the store writes them

Schema authentication() {
  return object(
      {
          {"type", one_of({"password", "federated", "serviceaccount"}, "How the user proves who it is."),
           required},
          {"password", string("The password in base64; kept as SCRAM credentials only."), secret},
          {"credentials",
           array(string(), "SCRAM verifiers in place of a password, as `doorward verifier` prints them."),
           secret},
          {"previousPasswordUntil",
           string("Until when the password before this one works, too: RFC 3339, at most 90 days ahead.")},
          {"provider", string("The identity provider of a federated user.")},
          {"federatedUserid", string("The number of a federated user at its provider.")},
          {"federatedUsername", string("The name of a federated user at its provider.")},
      },
      "What the user proves who it is with.");
}

Schema rule() {
  return object({
      {"addresses", array(string("An address; with `*` at its end every address that begins so."))},
      {"operations", array(one_of({"send", "recv", "view", "manage"})), required},
  });
}

Schema status() {
  return object({
      {"phase", string("Active, or Pending with the reason in message.")},
      {"message", string()},
      {"generation", integer("The generation of the spec that this status speaks of.")},
      {"credentials",
       array(object({{"mechanism", string()}, {"iterations", integer()}, {"since", string()}}))},
  });
}

UserType user_type_of(const json& object) {
  const std::string type = text_at(object, {"spec", "authentication", "type"});
  return type == "federated"        ? UserType::federated
         : type == "serviceaccount" ? UserType::serviceaccount
                                    : UserType::password;
}

Operations operations_of(const json& rule) {
  Operations operations;
  const json* names = find_at(rule, {"operations"});
  if (names == nullptr || !names->is_array()) return operations;
  for (const auto& name : *names) {
    if (name == "send") operations.send = true;
    if (name == "recv") operations.recv = true;
    if (name == "view") operations.view = true;
    if (name == "manage") operations.manage = true;
  }
  return operations;
}

// The texts of `rule.addresses` with their index.
std::vector<std::pair<std::size_t, std::string>> addresses_of(const json& rule) {
  std::vector<std::pair<std::size_t, std::string>> found;
  const json* names = find_at(rule, {"addresses"});
  if (names == nullptr || !names->is_array()) return found;
  for (std::size_t i = 0; i < names->size(); ++i) {
    if ((*names)[i].is_string()) found.emplace_back(i, (*names)[i].get<std::string>());
  }
  return found;
}

void check_name(const json& object, FieldErrors& errors) {
  const std::string name = text_at(object, {"metadata", "name"});
  if (name.empty()) return;
  if (name.find('.') == std::string::npos || !is_address_space_name(address_space_of(name)))
    errors.push_back({Type::invalid, "metadata.name",
                      quoted(name) +
                          " does not name its address space: use ADDRESSSPACE.USER, the address space in "
                          "at most 63 of a-z, 0-9 and '-', beginning with a letter"});
}

void check_username(const json& object, FieldErrors& errors) {
  const json* value = find_at(object, {"spec", "username"});
  if (value == nullptr || !value->is_string()) return;
  const auto& text = value->get_ref<const std::string&>();
  if (auto username = Username::parse(text); !username) {
    errors.push_back({Type::invalid, "spec.username", username.error().message});
    return;
  }
  if (text_at(object, {"spec", "authentication", "type"}) == "serviceaccount" &&
      !is_service_account_name(text)) {
    errors.push_back({Type::invalid, "spec.username",
                      "a service account logs in as system:serviceaccount:NAMESPACE:NAME: use that name"});
  }
}

void check_count(const json& list, const std::string& path, FieldErrors& errors) {
  if (list.size() > max_elements)
    errors.push_back(
        {Type::too_long, path,
         "has " + std::to_string(list.size()) + " elements: use at most " + std::to_string(max_elements)});
}

void check_authorization(const json& object, FieldErrors& errors) {
  const json* rules = find_at(object, {"spec", "authorization"});
  if (rules == nullptr || !rules->is_array()) return;
  check_count(*rules, "spec.authorization", errors);
  for (std::size_t i = 0; i < rules->size(); ++i) {
    const std::string path = element("spec.authorization", i);
    const auto addresses = addresses_of((*rules)[i]);
    const Operations operations = operations_of((*rules)[i]);
    if (const json* named = find_at((*rules)[i], {"addresses"}))
      check_count(*named, field(path, "addresses"), errors);
    if ((operations.send || operations.recv) && addresses.empty())
      errors.push_back({Type::required, field(path, "addresses"), "send and recv need addresses: name some"});
    for (const auto& [index, address] : addresses) {
      if (auto checked = check_address(address); !checked)
        errors.push_back({Type::invalid, element(field(path, "addresses"), index), checked.error().message});
    }
  }
}

}  // namespace

const Schema& messaging_user_schema() {
  static const Schema schema =
      resource("A user of an address space, and what it may do there.",
               object({
                   {"username", string("The name that clients log in with."), required},
                   {"authentication", authentication(), required},
                   {"authorization", array(rule(), "What the user may do; nothing where it is empty.")},
               }),
               status());
  return schema;
}

FieldErrors validate_messaging_user(const json& object) {
  FieldErrors errors;
  check_name(object, errors);
  check_username(object, errors);
  check_credentials(object, errors);
  check_authorization(object, errors);
  return errors;
}

std::string_view address_space_of(std::string_view user_name) {
  return user_name.substr(0, user_name.find('.'));
}

std::expected<LoginRecord, FieldErrors> derive_login(const json& object, const Realm& realm,
                                                     const std::optional<LoginRecord>& current,
                                                     const UserSettings& settings, DerivedPassword& derived) {
  const auto refuse = [](Type type, std::string where, std::string message) {
    return std::unexpected(FieldErrors{{type, std::move(where), std::move(message)}});
  };
  auto username = Username::parse(text_at(object, {"spec", "username"}));
  if (!username) return refuse(Type::invalid, "spec.username", username.error().message);

  std::vector<AddressRule> authorization;
  if (const json* rules = find_at(object, {"spec", "authorization"})) {
    for (const auto& rule : *rules) {
      AddressRule& made = authorization.emplace_back();
      made.operations = operations_of(rule);
      for (auto& [index, address] : addresses_of(rule)) made.addresses.push_back(std::move(address));
    }
  }
  // Every login walks all of it, and the cache counts users: it is bounded as the reply is.
  authorization = without_repeats(authorization);
  if (auto fits = check_open_reply(authorize(authorization), username->text(), settings.open_bytes); !fits)
    return refuse(Type::too_long, "spec.authorization", fits.error().message);

  const UserType type = user_type_of(object);
  std::vector<ScramCredential> credentials;
  if (type == UserType::password) {
    const bool had_password = current && current->type == UserType::password;
    auto taken =
        take_credentials(object, had_password ? current->credentials : std::vector<ScramCredential>{},
                         settings.iterations, settings.hashes, derived);
    if (!taken) return std::unexpected(FieldErrors{std::move(taken.error())});
    credentials = std::move(*taken);
  }
  return LoginRecord{realm, std::move(*username), type, std::move(credentials), std::move(authorization)};
}

json messaging_user_status(const UserState& state, const LoginRecord& login,
                           const std::optional<LoginRecord>& login_before, const json& before,
                           std::string_view now) {
  json status{{"phase", state.pending.empty() ? "Active" : "Pending"}, {"generation", state.generation}};
  if (!state.pending.empty()) status["message"] = state.pending;
  const json* listed_before = find_at(before, {"credentials"});
  for (const auto& credential : login.credentials) {
    const std::string_view mechanism = scram_mechanism(credential.hash);
    std::string since(now);
    const bool stayed = login_before && std::ranges::find(login_before->credentials, credential) !=
                                            login_before->credentials.end();
    if (stayed && listed_before != nullptr) {
      for (const auto& entry : *listed_before) {
        if (text_at(entry, {"mechanism"}) == mechanism) since = text_at(entry, {"since"});
      }
    }
    status["credentials"].push_back(
        {{"mechanism", mechanism}, {"iterations", credential.iterations}, {"since", std::move(since)}});
  }
  return status;
}

std::vector<std::string> messaging_user_warnings(const LoginRecord& login) {
  std::vector<std::string> warnings = rule_warnings(login.authorization);
  if (login.type == UserType::password &&
      std::ranges::find(login.credentials, ScramHash::sha512, &ScramCredential::hash) ==
          login.credentials.end())
    warnings.push_back(
        "there is no verifier for SCRAM-SHA-512: clients that take the strongest mechanism offered are "
        "refused");
  return warnings;
}

}  // namespace doorward::resources
