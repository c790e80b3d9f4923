#pragma once
// What the two halves of login.hpp share: logins.cpp begins a login, login.cpp runs it. Nobody else includes
// this.
#include "server/login/exchange.hpp"
#include "server/login/login.hpp"
#include "server/login/run_on_pool.hpp"

#include <atomic>
#include <chrono>
#include <expected>

namespace doorward {

struct Logins::Shared {
  explicit Shared(Parts all_parts) : parts(std::move(all_parts)), remembered(parts.remembered) {}

  bool reviews() const { return parts.reviews != nullptr; }

  Parts parts;
  RememberedPairs remembered;
  std::shared_ptr<const Authorization> everything = std::make_shared<const Authorization>(full_access());
  std::atomic<std::uint64_t> last_id = 0;
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
  Task<Step> give_verdict(NeedVerification need);
  Task<Reviewed> review(NeedTokenReview need);
  void disown();
  ScramCredential decoy(std::string_view username, ScramHash hash) const;
  WorkerPool::Share share() const;
  Answer accept(std::string username);
  Answer refuse(Failure failure);
  void decide(SaslCode code, LoginReason reason);
  void report();

  Logins::Shared& shared;
  const RealmSnapshot realms;
  const std::string realm;            // as named, known or not
  const RealmService* const service;  // of `realms`; null for an unknown realm
  AuthenticationExchange exchange;
  std::optional<Failure> refusal;  // decided before the first message

  // Whom the exchange is about, once it has said so. Null while a decoy stands in, and then `why_not` says
  // why; the client sees a wrong password.
  UserSnapshot user;
  LoginReason why_not = LoginReason::wrong_password;

  LoginFact fact;
  const std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  bool reported = false;
};

}  // namespace doorward
