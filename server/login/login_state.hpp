#pragma once
// What the parts of login.hpp share: logins.cpp begins a login, login.cpp runs it, bridged.cpp does so at an
// external service, held.cpp holds it back. Nobody else includes this.
#include "mechanisms/decoy.hpp"
#include "server/login/bridged.hpp"
#include "server/login/exchange.hpp"
#include "server/login/login.hpp"
#include "server/login/login_rates.hpp"
#include "server/login/run_on_pool.hpp"

#include <atomic>
#include <chrono>
#include <expected>
#include <functional>
#include <span>
#include <type_traits>

namespace doorward {

inline constexpr std::size_t max_told_name_bytes = 256;

// What the ids of this process begin after. The log and the audit have the id of each login, and are kept
// longer than a process lives: so it is the time at which it began, in seconds, with room for a million
// logins in each of them. Below 2^53, which is what readers of JSON can tell apart.
constexpr std::uint64_t first_login_id(std::chrono::system_clock::time_point began) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(began).time_since_epoch().count();
  return static_cast<std::uint64_t>(seconds) << 20;
}

// Those that carry a password, from an offer for a connection that does not protect it. See bridged.cpp.
void leave_out_passwords(std::vector<std::string_view>& mechanisms);

struct Logins::Shared {
  explicit Shared(Parts all_parts)
      : parts(std::move(all_parts)),
        decoys(std::move(parts.decoy_key), parts.decoy_iterations),
        remembered(std::make_shared<RememberedPairs>(parts.remembered)),
        guesses(parts.guesses) {}

  // What one bridge can do, or all of them.
  std::vector<std::string_view> external_offer(const std::optional<BridgeRef>& of, bool plain_allowed) const;
  // See Logins::offer(); empty where nobody can do anything.
  std::vector<std::string_view> offer(const std::optional<ObjectRef>& service, std::string_view realm,
                                      std::string_view sni, bool plain_allowed) const;
  bool reviews() const { return parts.reviews != nullptr; }

  Parts parts;
  const Decoys decoys;
  const std::shared_ptr<RememberedPairs> remembered;  // and of the jobs that run
  GuessGuard guesses;
  LoginRates rates;
  std::shared_ptr<const Authorization> everything = std::make_shared<const Authorization>(full_access());
  std::atomic<std::uint64_t> last_id = first_login_id(std::chrono::system_clock::now());
};

struct Login::State {
  State(Logins::Shared& owner, const LoginRequest& request);

  // A realm that does not exist is led through the steps of a standard one.
  ServiceType service_type() const { return service ? service->type : ServiceType::standard; }

  // The record behind a name, null for nobody; or how the login ends where the store cannot say.
  using Found = std::expected<UserSnapshot, Failure>;

  // login.cpp, in the order of a login
  std::optional<Found> peek(std::string_view username);
  Task<Found> find(std::string username);
  void identify(UserSnapshot found);
  Step give_credential(const NeedCredential& need);
  bool brings_token(const NeedVerification& said) const;
  std::optional<bool> recall(const NeedVerification& said);
  Task<Step> give_verdict(NeedVerification need);
  using Credentials = std::shared_ptr<const std::vector<ScramCredential>>;
  Credentials credentials_of(std::string_view username) const;
  Task<std::optional<bool>> verify(Credentials credentials, Secret password);
  Task<Reviewed> review(NeedTokenReview need);
  void disown();
  // What the store answers to a question that may wait.
  template <class Question>
  Task<std::expected<typename std::invoke_result_t<Question&>::value_type, Failure>> ask(Question question);
  // Whether a decoy of the realm may be needed that no record of the user's gives a shape to.
  bool needs_shapes() const { return service && !has_password(); }
  bool has_password() const { return user && !user->credentials.empty(); }
  // What nobody's decoy may look like; in no realm there is nothing to look like.
  std::span<const CredentialShape> shapes_in_use() const {
    return shapes ? std::span(*shapes) : std::span<const CredentialShape>();
  }
  // Where users are looked for: a realm that is not served here must look like one that is nowhere, so it is
  // none, in which nobody can be (a realm's name is never empty).
  std::string_view searched_realm() const { return service ? std::string_view(realm) : std::string_view(); }
  PoolTurn turn(WorkerPool::Share share) const;
  Answer accept(std::string username);
  Answer refuse(Failure failure);
  void decide(SaslCode code, LoginReason reason);
  void report();

  // held.cpp
  static constexpr Failure beyond_plan{SaslCode::sys_temp, LoginReason::plan_limit};
  bool is_limited() const { return service && service->logins_per_second; }
  Task<bool> admit();
  bool may_verify(const std::optional<GuessGuard::Fingerprint>& password = {});
  Task<void> wait_for_turn();
  bool may_tell(const Step& step);
  bool may_tell(const plugins::Answer& said);
  bool may_tell_wrong();
  Task<void> wait_to_tell();

  // bridged.cpp
  std::optional<Failure> connect(const LoginRequest& request);
  Task<Answer> ask_bridge(std::optional<std::string_view> message);
  bool may_carry(std::string_view message);
  Task<Answer> ask_about_password(std::optional<std::string_view> message);
  void tell_answer(const plugins::Answer& said, std::chrono::steady_clock::time_point asked);
  Task<Answer> conclude(const plugins::Answer& said);
  Answer accept_given(const plugins::Answer& said);

  Logins::Shared& shared;
  const RealmSnapshot realms;
  const std::string realm;            // as named, known or not
  const RealmService* const service;  // of `realms`; null for a realm that is unknown, or not served here
  const std::chrono::steady_clock::time_point deadline;
  const std::function<bool()> gone;  // may be empty
  AuthenticationExchange exchange;
  std::optional<Failure> refusal;                                   // decided before the first message
  std::optional<Bridged> bridged;                                   // at an external service
  bool proof_is_next = false;                                       // the next message can be right or wrong
  RememberedPairs::Pair pair{};                                     // of the password that is verified
  std::optional<GuessGuard::Place> place;                           // while what was said is verified
  std::chrono::steady_clock::time_point wrong_until;                // when it may be told that it was wrong
  bool wrong = false;                                               // and that waits
  std::optional<std::chrono::steady_clock::time_point> held_since;  // nothing while it is not held

  // Whom the exchange is about, once it has said so. Null while a decoy stands in, and then `why_not` says
  // why; the client sees a wrong password.
  UserSnapshot user;
  CredentialShapes shapes;  // of the realm, once they are needed
  LoginReason why_not = LoginReason::wrong_password;

  LoginFact fact;
  const std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  bool reported = false;
};

}  // namespace doorward
