// See permissive.hpp. The readers here take from a message what they understand and never refuse one: a
// client of a `none` service gets in, with its name where it gave one.
#include "mechanisms/permissive.hpp"

#include "mechanisms/scram.hpp"
#include "mechanisms/scram_message.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace doorward {
namespace {

constexpr std::size_t max_name_bytes = 256;

// The part of `text` before `end`, or all of it.
std::string_view before(std::string_view text, char end) { return text.substr(0, text.find(end)); }

std::string whole_message(std::string_view message) { return std::string(message); }

// RFC 4616: message = [authzid] UTF8NUL authcid UTF8NUL passwd
std::string authcid_of_plain(std::string_view message) {
  const std::size_t first = message.find('\0');
  if (first == std::string_view::npos) return {};
  return std::string(before(message.substr(first + 1), '\0'));
}

// "user=" name %x01 "auth=Bearer " token %x01 %x01
std::string user_of_xoauth2(std::string_view message) {
  constexpr std::string_view key = "user=";
  if (!message.starts_with(key)) return {};
  return std::string(before(message.substr(key.size()), '\x01'));
}

// RFC 7628: client-resp = gs2-header kvsep *kvpair kvsep, where gs2-header = flag "," ["a=" saslname] ","
std::string authzid_of_oauthbearer(std::string_view message) {
  const std::size_t comma = message.find(',');
  if (comma == std::string_view::npos) return {};
  message.remove_prefix(comma + 1);
  if (!message.starts_with("a=")) return {};
  return decode_saslname(before(message.substr(2), ',')).value_or("");
}

// RFC 2195: name SP digest
std::string name_of_cram_md5(std::string_view message) {
  return std::string(message.substr(0, std::min(message.rfind(' '), message.size())));
}

// RabbitMQ's: pairs of a short string and a long string ('S'), among them LOGIN.
std::string login_of_amqplain(std::string_view message) {
  const auto take = [&message](std::size_t count) {
    const std::string_view taken = message.substr(0, count);
    message.remove_prefix(taken.size());
    return taken;
  };
  while (!message.empty()) {
    const std::string_view key = take(1 + static_cast<unsigned char>(message[0])).substr(1);
    const std::string_view type_and_size = take(5);
    if (type_and_size.size() < 5 || type_and_size[0] != 'S') return {};
    std::size_t size = 0;
    for (const char c : type_and_size.substr(1)) size = size << 8 | static_cast<unsigned char>(c);
    const std::string_view value = take(size);
    if (key == "LOGIN") return std::string(value);
  }
  return {};
}

std::string nothing() { return {}; }
std::string ask_for_username() { return "Username:"; }
std::string fresh_message_id() { return "<" + scram_nonce() + "@doorward>"; }

constexpr PermissiveForm forms[] = {
    {.mechanism = "ANONYMOUS"},
    {.mechanism = "EXTERNAL", .name_in = whole_message},
    {.mechanism = "PLAIN", .carries_password = true, .prompt = nothing, .name_in = authcid_of_plain},
    {.mechanism = "XOAUTH2", .carries_password = true, .prompt = nothing, .name_in = user_of_xoauth2},
    {.mechanism = "OAUTHBEARER",
     .carries_password = true,
     .prompt = nothing,
     .name_in = authzid_of_oauthbearer},
    {.mechanism = "LOGIN",
     .carries_password = true,
     .prompt = ask_for_username,
     .second_prompt = "Password:",
     .name_in = whole_message},
    {.mechanism = "AMQPLAIN", .carries_password = true, .prompt = nothing, .name_in = login_of_amqplain},
    {.mechanism = "CRAM-MD5", .prompt = fresh_message_id, .name_in = name_of_cram_md5},
};

constexpr PermissiveForm unknown_form{};

// Their clients verify what the server sends, so that none of them ends well without the user's secret.
bool verifies_server(std::string_view name) {
  constexpr std::string_view families[] = {"SCRAM-",  "DIGEST-", "GSSAPI", "GSS-SPNEGO", "SPNEGO",
                                           "GS2-",    "NTLM",    "SRP",    "EAP-",       "HT-",
                                           "9798-M-", "PASSDSS", "OPAQUE", "KERBEROS"};
  const auto in_family = [name](std::string_view family) { return name.starts_with(family); };
  return std::ranges::any_of(families, in_family) || name.ends_with("-PLUS");
}

//   sasl-mech = 1*20mech-char    ; RFC 4422
//   mech-char = UPPER-ALPHA / DIGIT / HYPHEN / UNDERSCORE
bool is_mechanism_name(std::string_view text) {
  return !text.empty() && text.size() <= 20 && std::ranges::all_of(text, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string fit_name(std::string name) {
  const bool fit =
      !name.empty() && name.size() <= max_name_bytes && is_utf8(name) && !has_control_character(name);
  return fit ? std::move(name) : std::string(anonymous_name);
}

}  // namespace

Step PermissiveMechanism::step(std::string_view message) {
  switch (awaits_) {
    case Awaits::name:
      if (message.empty() && form_.prompt) {
        if (!std::exchange(asked_, true)) return Challenge{form_.prompt()};
        awaits_ = Awaits::nothing;
        return Failure{SaslCode::auth, LoginReason::malformed_message};
      }
      username_ = fit_name(form_.name_in ? form_.name_in(message) : "");
      if (!form_.second_prompt.empty()) {
        awaits_ = Awaits::second_answer;
        return Challenge{std::string(form_.second_prompt)};
      }
      awaits_ = Awaits::nothing;
      return Success{username_};
    case Awaits::second_answer:
      awaits_ = Awaits::nothing;
      return Success{username_};
    case Awaits::nothing:
      break;
  }
  return Failure{SaslCode::auth, LoginReason::too_many_steps};
}

std::unique_ptr<Mechanism> make_permissive_mechanism(std::string_view name, bool plain_allowed) {
  const PermissiveForm* form = permissive_form(name);
  if (!form) {
    if (!is_mechanism_name(name) || verifies_server(name)) return nullptr;
    return std::make_unique<PermissiveMechanism>(unknown_form);
  }
  if (form->carries_password && !plain_allowed) return nullptr;
  return std::make_unique<PermissiveMechanism>(*form);
}

const PermissiveForm* permissive_form(std::string_view name) {
  const auto* form = std::ranges::find(forms, name, &PermissiveForm::mechanism);
  return form == std::end(forms) ? nullptr : form;
}

}  // namespace doorward
