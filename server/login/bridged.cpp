// How a login at an external service runs. connect() finds the bridge, ask_bridge() gives it the client's
// messages, conclude() turns its answer into an outcome. Everything that waits is awaited; nothing here runs
// plugin code.
#include "server/login/bridged.hpp"

#include "mechanisms/catalogue.hpp"
#include "mechanisms/plain.hpp"
#include "mechanisms/saslprep.hpp"
#include "mechanisms/scram_message.hpp"
#include "policies/open_size.hpp"
#include "server/login/login_state.hpp"
#include "server/login/waiter.hpp"

#include <algorithm>

namespace doorward {
namespace {

// A password or a token, which whoever listens learns.
bool carries_secret(std::string_view mechanism) { return carried_by(mechanism) != Carries::proof; }

constexpr Failure not_ready{SaslCode::sys_temp, LoginReason::service_not_ready};
constexpr Failure not_available{SaslCode::auth, LoginReason::mechanism_not_available};

}  // namespace

void leave_out_passwords(std::vector<std::string_view>& mechanisms) {
  std::erase_if(mechanisms, carries_secret);
}

// Nothing where the login can go on.
std::optional<Failure> Login::State::connect(const LoginRequest& request) {
  const ExternalServices* services = shared.parts.external;
  auto bridge = services == nullptr ? nullptr : services->find(service->bridge());
  if (!bridge || !bridge->health().up) return not_ready;
  if (carries_secret(request.mechanism) && !request.plain_allowed) return not_available;
  const bool carries = bridge->carries(request.mechanism);
  if (!carries) {
    if (request.mechanism != "PLAIN" || !bridge->verifies()) return not_available;
    exchange = AuthenticationExchange(std::make_unique<PlainMechanism>());
  }
  plugins::Exchange at_bridge(*bridge, {.realm = realm, .peer = fact.peer});
  bridged.emplace(Bridged{.bridge = std::move(bridge),
                          .exchange = std::move(at_bridge),
                          .mechanism = carries ? std::string(request.mechanism) : std::string(),
                          .accepted = std::nullopt});
  return std::nullopt;
}

Task<Login::Answer> Login::State::ask_bridge(std::optional<std::string_view> message) {
  if (bridged->accepted) {
    // The client has heard the last words and answers with nothing.
    if (message && !message->empty()) co_return refuse({SaslCode::auth, LoginReason::malformed_message});
    const plugins::Answer accepted = std::move(*bridged->accepted);
    co_return co_await conclude(accepted);
  }
  if (bridged->mechanism.empty()) co_return co_await ask_about_password(message);

  bridged->bytes += message ? message->size() : 0;
  if (++bridged->messages > AuthenticationExchange::max_messages)
    co_return refuse({SaslCode::auth, LoginReason::too_many_steps});
  if (bridged->bytes > AuthenticationExchange::max_bytes)
    co_return refuse({SaslCode::auth, LoginReason::malformed_message});
  if (!may_carry(message.value_or(std::string_view()))) co_await wait_for_turn();
  const bool begins = !std::exchange(bridged->begun, true);
  const auto asked = std::chrono::steady_clock::now();
  std::optional<plugins::Answer> answer =
      co_await await_answer<plugins::Answer>([this, begins, message](auto resume) {
        const auto done = [resume](plugins::Answer said) mutable { resume(nullptr, std::move(said)); };
        std::optional<Secret> text;
        if (message) text.emplace(*message);
        if (begins) return bridged->exchange.start(bridged->mechanism, std::move(text), done);
        bridged->exchange.step(text ? std::move(*text) : Secret(), done);
      });
  plugins::Answer& said = answer.value();
  tell_answer(said, asked);
  if (place && !may_tell(said)) co_await wait_to_tell();
  if (said.verdict == plugins::Verdict::proceed) co_return Challenge{std::move(said.challenge)};
  if (said.verdict == plugins::Verdict::accepted && !said.challenge.empty()) {
    Challenge last_words{std::move(said.challenge)};
    bridged->accepted = std::move(said);
    co_return last_words;
  }
  co_return co_await conclude(said);
}

// What the bridge may find wrong of PLAIN and SCRAM is counted as in an exchange of our own; false where it
// has to wait for its turn. Whom it is of the client says first. All those of whom we cannot read it, though
// the other side might, are counted as one: that is no way around.
bool Login::State::may_carry(std::string_view message) {
  if (message.empty()) return true;  // the client waits to be asked
  if (bridged->mechanism == "PLAIN") {
    const std::optional<PlainMessage> said = parse_plain(message);
    const std::string username = said ? saslprep(said->authcid) : std::string();
    fact.username = username.substr(0, max_told_name_bytes);
    return may_verify(shared.remembered->pair(realm, username, 0, Secret(said ? said->password : message)));
  }
  if (!bridged->mechanism.starts_with("SCRAM-")) return true;
  if (std::exchange(proof_is_next, true)) return may_verify();
  if (const auto said = parse_client_first(message))
    fact.username = saslprep(said->username).substr(0, max_told_name_bytes);
  return true;
}

// Doorward speaks PLAIN, the plugin judges.
Task<Login::Answer> Login::State::ask_about_password(std::optional<std::string_view> message) {
  Step step = exchange.message(message.value_or(std::string_view()));
  if (auto* challenge = std::get_if<Challenge>(&step)) co_return std::move(*challenge);
  if (auto* failure = std::get_if<Failure>(&step)) co_return refuse(*failure);
  auto* need = std::get_if<NeedVerification>(&step);
  // A service account's token is nothing for a bridge.
  if (need == nullptr) co_return refuse(not_available);
  fact.username = need->username.substr(0, max_told_name_bytes);
  if (!may_verify(shared.remembered->pair(realm, need->username, 0, need->password)))
    co_await wait_for_turn();
  const auto asked = std::chrono::steady_clock::now();
  const std::optional<plugins::Answer> answer = co_await await_answer<plugins::Answer>([this,
                                                                                        need](auto resume) {
    bridged->exchange.verify(need->username, std::move(need->password),
                             [resume](plugins::Answer said) mutable { resume(nullptr, std::move(said)); });
  });
  tell_answer(answer.value(), asked);
  if (!may_tell(*answer)) co_await wait_to_tell();
  co_return co_await conclude(answer.value());
}

void Login::State::tell_answer(const plugins::Answer& said, std::chrono::steady_clock::time_point asked) {
  shared.parts.external->answered(service->service, said.verdict, std::chrono::steady_clock::now() - asked);
}

Task<Login::Answer> Login::State::conclude(const plugins::Answer& said) {
  switch (said.verdict) {
    case plugins::Verdict::accepted:
      break;
    case plugins::Verdict::refused:
      co_return refuse({SaslCode::auth, carried_by(bridged->mechanism) == Carries::token
                                            ? LoginReason::token_rejected
                                            : LoginReason::wrong_password});
    case plugins::Verdict::unavailable:
      shared.parts.external->complain(service->bridge(), said.reason);
      co_return refuse({SaslCode::sys_temp, LoginReason::bridge_unavailable});
    case plugins::Verdict::proceed:
    case plugins::Verdict::fault:
      shared.parts.external->complain(service->bridge(), said.reason);
      co_return refuse({SaslCode::sys, LoginReason::bridge_fault});
  }
  if (said.rights_given) {
    if (is_limited() && !co_await admit()) co_return refuse(beyond_plan);
    co_return accept_given(said);
  }
  const auto username = shared.parts.external->federated_user(*service, said.identity);
  fact.username = said.identity;
  if (!username) co_return refuse({SaslCode::auth, LoginReason::unknown_user});
  std::optional<Found> found = peek(*username);
  if (!found) found = co_await find(*username);
  if (!*found) co_return refuse(found->error());
  if (!**found || (**found)->type != UserType::federated)
    co_return refuse({SaslCode::auth, LoginReason::unknown_user});
  user = std::move(**found);
  if (is_limited() && !co_await admit()) co_return refuse(beyond_plan);
  co_return accept(*username);
}

// The rules went through the same checks as those of a stored user, and so must what they amount to.
Login::Answer Login::State::accept_given(const plugins::Answer& said) {
  fact.username = said.identity;
  auto authorization = std::make_shared<Authorization>(authorize(said.rules));
  for (const std::string& group : said.groups) {
    if (std::ranges::find(authorization->groups, group) == authorization->groups.end())
      authorization->groups.push_back(group);
  }
  if (auto fits = check_open_reply(*authorization, said.identity, shared.parts.open_bytes); !fits) {
    shared.parts.external->complain(service->bridge(), fits.error().message);
    return refuse({SaslCode::sys, LoginReason::bridge_fault});
  }
  decide(SaslCode::ok, LoginReason::accepted);
  return Accepted{.identity = {.realm = service->realm,
                               .username = said.identity,
                               .record_version = 0,
                               .login_id = fact.login_id},
                  .authorization = std::move(authorization)};
}

}  // namespace doorward
