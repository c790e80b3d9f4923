// How a login runs, from the client's first message to the outcome. Read from top to bottom: answer() drives
// the exchange, peek() and find() tell whom it is about, give_credential(), recall(), give_verdict() and
// review() bring it what it asked for, accept() and refuse() end it.
#include "server/login/login.hpp"

#include "mechanisms/bearer_message.hpp"
#include "mechanisms/password.hpp"
#include "server/login/login_state.hpp"
#include "store/model/service_account.hpp"

#include <algorithm>

namespace doorward {
namespace {

// What is remembered costs no way to another thread.
Task<Review> await_review(TokenReviews& reviews, const Secret& token, const ReviewLine& line) {
  if (auto known = reviews.known(token)) co_return std::move(*known);
  auto review = co_await await_answer<Review>([&reviews, &token, &line](auto answer) {
    reviews.review(token, line, [answer](Review said) mutable { answer(nullptr, std::move(said)); });
  });
  co_return std::move(review.value());
}

// How long a remembered pair may stand for this record: a password that is being rotated out ends in between.
std::chrono::seconds time_to_remember(std::span<const ScramCredential> credentials) {
  auto time = std::chrono::seconds::max();
  const auto now = std::chrono::ceil<std::chrono::seconds>(std::chrono::system_clock::now());
  for (const ScramCredential& credential : credentials) {
    for (const ScramKeys& keys : credential.keys) {
      if (is_live(keys) && keys.not_after) time = std::min(time, *keys.not_after - now);
    }
  }
  return time;
}

}  // namespace

template <class Question>
Task<std::expected<typename std::invoke_result_t<Question&>::value_type, Failure>> Login::State::ask(
    Question question) {
  auto answered = co_await run(shared.parts.pool, turn(WorkerPool::Share::reads), std::move(question));
  if (!answered) co_return std::unexpected(Failure{SaslCode::sys_temp, LoginReason::overloaded});
  if (*answered) co_return std::move(**answered);
  if (answered->error().code == ErrorCode::unavailable) {
    co_return std::unexpected(Failure{SaslCode::sys_temp, LoginReason::store_unavailable});
  }
  co_return std::unexpected(Failure{SaslCode::sys, LoginReason::internal});
}

Task<Login::Answer> Login::answer(std::optional<std::string_view> message) {
  State& state = *state_;
  if (state.refusal) co_return state.refuse(*state.refusal);
  if (state.bridged) co_return co_await state.ask_bridge(message);
  if (std::exchange(state.proof_is_next, false) && !state.may_verify()) co_await state.wait_for_turn();
  Step step = state.exchange.message(message.value_or(std::string_view()));
  while (true) {
    if (state.place && !state.may_tell(step)) co_await state.wait_to_tell();
    if (auto* challenge = std::get_if<Challenge>(&step)) co_return std::move(*challenge);
    if (auto* success = std::get_if<Success>(&step)) {
      if (state.is_limited() && !co_await state.admit()) co_return state.refuse(State::beyond_plan);
      co_return state.accept(std::move(success->username));
    }
    if (auto* failure = std::get_if<Failure>(&step)) co_return state.refuse(*failure);

    if (auto* token = std::get_if<NeedTokenReview>(&step)) {
      const Reviewed reviewed = co_await state.review(std::move(*token));
      step = state.exchange.reviewed(reviewed);
      continue;
    }
    auto* need = std::get_if<NeedCredential>(&step);
    const std::string username = need ? need->username : std::get<NeedVerification>(step).username;
    std::optional<State::Found> found = state.peek(username);
    if (!found) found = co_await state.find(username);
    if (!*found) co_return state.refuse(found->error());
    state.identify(std::move(**found));
    // Before the shapes, which nobody alone might have to wait for.
    if (const auto* said = std::get_if<NeedVerification>(&step); said && !state.brings_token(*said)) {
      if (const std::optional<bool> known = state.recall(*said)) {
        step = state.exchange.verdict(*known);
        continue;
      }
    }
    // SCRAM asks for them whether they are needed or not, so that it takes as long. Only whoever needs them
    // waits for them.
    if (state.needs_shapes() || (need && state.service)) {
      CredentialSource& source = state.shared.parts.credentials;
      std::optional<CredentialShapes> shapes = source.peek_shapes(state.realm);
      if (!shapes && state.needs_shapes()) {
        auto answered = co_await state.ask([&source, in = state.realm] { return source.find_shapes(in); });
        if (!answered) co_return state.refuse(answered.error());
        shapes = std::move(*answered);
      }
      if (shapes) state.shapes = std::move(*shapes);
    }
    if (need) {
      step = state.give_credential(*need);
      state.proof_is_next = true;
    } else {
      step = co_await state.give_verdict(std::get<NeedVerification>(std::move(step)));
    }
  }
}

// Nobody of a realm that is not served here is asked for like any other, so that it takes as long.
std::optional<Login::State::Found> Login::State::peek(std::string_view username) {
  fact.username = username.substr(0, max_told_name_bytes);
  if (username.size() > Username::max_bytes) return nullptr;
  return shared.parts.credentials.peek(searched_realm(), username);
}

Task<Login::State::Found> Login::State::find(std::string username) {
  CredentialSource& source = shared.parts.credentials;
  auto question = [&source, in = std::string(searched_realm()), name = std::move(username)] {
    return source.find(in, name);
  };
  co_return co_await ask(std::move(question));
}

// Takes the record only if it is one that a password of this realm can prove.
void Login::State::identify(UserSnapshot found) {
  user = nullptr;
  if (!service) {
    why_not = LoginReason::unknown_realm;
  } else if (!found) {
    why_not = LoginReason::unknown_user;
  } else if (found->type != UserType::password) {
    why_not = LoginReason::not_a_password_user;
  } else {
    user = std::move(found);
    why_not = LoginReason::wrong_password;
  }
}

// The decoy is made for everybody, whether it is needed or not: what it costs must not tell.
Step Login::State::give_credential(const NeedCredential& need) {
  const ScramCredential* credential = user ? user->credential(need.hash) : nullptr;
  const bool lacks_hash = user && !credential && !user->credentials.empty();
  const ScramCredential instead =
      lacks_hash ? shared.decoys.credential(realm, need.username, need.hash, shapes_of(user->credentials))
                 : shared.decoys.credential(realm, need.username, need.hash, shapes_in_use());
  if (credential) return exchange.credential(*credential);
  disown();
  return exchange.credential(instead);
}

// A service account's, in place of a password.
bool Login::State::brings_token(const NeedVerification& said) const {
  return !has_password() && shared.reviews() && is_service_account_name(said.username);
}

// What is known of a password without work: that it was right lately, or wrong already. Else it has come to
// be verified. For nobody in the same steps: one MAC, and what was remembered is asked for it.
std::optional<bool> Login::State::recall(const NeedVerification& said) {
  pair = has_password() ? shared.remembered->pair(*user, said.password)
                        : shared.remembered->pair(realm, said.username, 0, said.password);
  // Asked first: who guesses beside it does not hold it up.
  if (shared.remembered->knows(pair, std::chrono::steady_clock::now()) && has_password()) return true;
  may_verify(pair);
  if (!has_password()) disown();
  return place->is_known() ? std::optional(false) : std::nullopt;
}

// Nobody's password is verified as long and at the same place as somebody's, against a decoy.
Task<Step> Login::State::give_verdict(NeedVerification need) {
  if (brings_token(need)) {
    // The store is not asked before the token is: nobody can tell who is in it.
    const Reviewed reviewed = co_await review({std::move(need.username), std::move(need.password)});
    if (!reviewed) co_return reviewed.error();
    co_return exchange.verdict(true);
  }
  if (!place->may_verify()) {
    co_await wait_for_turn();
    // It may have been verified meanwhile, for somebody else who brought it.
    if (place->is_known()) co_return exchange.verdict(false);
  }
  const std::optional<bool> verified =
      co_await verify(credentials_of(need.username), std::move(need.password));
  if (!verified) co_return Failure{SaslCode::sys_temp, LoginReason::overloaded};
  co_return exchange.verdict(has_password() && *verified);
}

// The user's, or a decoy. Both are verified by the same code: of two ways to PBKDF2 one was 2 % slower, by
// where its stack began.
Login::State::Credentials Login::State::credentials_of(std::string_view username) const {
  if (has_password()) return {user, &user->credentials};
  return std::make_shared<std::vector<ScramCredential>>(
      1, shared.decoys.for_password(realm, username, shapes_in_use()));
}

// Whether it is the user's; nothing where no worker could be had. Where many clients bring the same pair at
// once, one of them has it verified, and the others find it remembered when their turn comes.
Task<std::optional<bool>> Login::State::verify(Credentials credentials, Secret password) {
  using Clock = RememberedPairs::Clock;
  if (shared.remembered->knows(pair, Clock::now())) co_return true;
  auto job = [remembered = shared.remembered, asked = pair, credentials = std::move(credentials),
              password = std::move(password)] {
    if (remembered->knows(asked, Clock::now())) return true;
    if (!verify_password(password, *credentials)) return false;
    remembered->remember(asked, Clock::now(), time_to_remember(*credentials));
    return true;
  };
  co_return co_await run(shared.parts.pool, turn(WorkerPool::Share::passwords), std::move(job));
}

// Whom the token is of: whoever the login claims to be, and a service account of this realm. It is reviewed
// for a realm that is not served, too, so that it takes as long.
Task<Reviewed> Login::State::review(NeedTokenReview need) {
  const auto refused = [](LoginReason reason) { return std::unexpected(Failure{SaslCode::auth, reason}); };
  fact.username = need.username.substr(0, max_told_name_bytes);
  if (!shared.reviews()) co_return refused(LoginReason::review_not_configured);
  if (const auto fault = fault_of_token(need.token.reveal())) co_return refused(*fault);
  const ReviewLine line = service ? ReviewLine::of_realm(realm) : ReviewLine::of_unknown_realms();
  const Review reviewed = co_await await_review(*shared.parts.reviews, need.token, line);
  if (!reviewed) co_return std::unexpected(reviewed.error());
  const std::string& name = (*reviewed)->username;
  if (!is_service_account_name(name)) co_return refused(LoginReason::not_a_service_account);
  if (!need.username.empty() && need.username != name) co_return refused(LoginReason::token_of_other_user);

  std::optional<Found> found = peek(name);
  if (!found) found = co_await find(name);
  if (!*found) co_return std::unexpected(found->error());
  if (!service) co_return refused(LoginReason::unknown_realm);
  if (!**found) co_return refused(LoginReason::unknown_user);
  if ((**found)->type != UserType::serviceaccount) co_return refused(LoginReason::mechanism_not_available);
  user = std::move(**found);
  co_return name;
}

// The user is there, but has no credential for this mechanism.
void Login::State::disown() {
  if (user) why_not = LoginReason::mechanism_not_available;
  user = nullptr;
}

// Made-up realms are no tenants: all of them together have one budget.
PoolTurn Login::State::turn(WorkerPool::Share share) const {
  if (!service) return {WorkerPool::Share::unknown_realms, {}};
  return {share, realm};
}

// What the door will say of the client is made here, before it says that the client is in.
Login::Answer Login::State::accept(std::string username) {
  fact.username = username.substr(0, max_told_name_bytes);
  std::shared_ptr<const Authorization> authorization;
  if (service_type() == ServiceType::none) {
    authorization = shared.everything;
  } else if (user && user->username.text() == username && user->realm.text() == realm) {
    authorization = std::make_shared<const Authorization>(authorize(user->authorization));
  }
  // Whoever has proved nothing that is on record is not let in, whatever the mechanism says.
  if (username.empty() || !authorization) return refuse({SaslCode::sys, LoginReason::internal});
  decide(SaslCode::ok, LoginReason::accepted);
  return Accepted{.identity = {.realm = service->realm,
                               .username = std::move(username),
                               .record_version = user ? user->version : 0,
                               .login_id = fact.login_id},
                  .authorization = std::move(authorization)};
}

Login::Answer Login::State::refuse(Failure failure) {
  place.reset();  // it may not have come to be verified
  decide(failure.code, failure.reason == LoginReason::wrong_password ? why_not : failure.reason);
  return Refused{failure.code};
}

void Login::State::decide(SaslCode code, LoginReason reason) {
  fact.outcome = code;
  fact.reason = reason;
  fact.duration = std::chrono::steady_clock::now() - began;
}

void Login::State::report() {
  if (std::exchange(reported, true)) return;
  if (!fact.outcome) fact.duration = std::chrono::steady_clock::now() - began;
  shared.parts.report(fact);
}

Login::Answer Login::give_up() {
  return state_->refuse(
      {SaslCode::sys_temp, state_->wrong ? LoginReason::wrong_password : LoginReason::timed_out});
}

void Login::finish(std::string_view container_id) {
  state_->fact.container_id = container_id.substr(0, max_told_name_bytes);
  state_->report();
}

void Login::abort(LoginReason reason) {
  LoginFact& fact = state_->fact;
  if (!fact.outcome || *fact.outcome == SaslCode::ok) fact.reason = reason;
  state_->report();
}

std::string_view Login::tenant() const {
  return state_->service ? std::string_view(state_->realm) : std::string_view();
}

std::uint64_t Login::id() const { return state_->fact.login_id; }

}  // namespace doorward
