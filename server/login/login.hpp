#pragma once
// The one place where a login happens, whatever door it came through. A door translates: it begins a login,
// carries messages between the client and `answer`, and does what the last answer says.
//
//   Login login = logins.begin({.hostname = ..., .mechanism = ...});
//   Login::Answer answer = co_await login.answer(initial_response);
//   while (auto* challenge = std::get_if<Challenge>(&answer)) {
//     ... send challenge->data, read the client's response ...
//     answer = co_await login.answer(response);
//   }
//
// `Logins` is shared by all event loops and safe from any thread; it goes after them. A `Login` belongs to
// one coroutine on one loop and keeps the snapshots that it began with. Whatever would wait is awaited on the
// worker pool; a cancelled wait throws operation_aborted.
//
// Exactly one LoginFact is reported for each login: by finish(), by abort(), or as peer_gone when the Login
// is destroyed without either.
#include "mechanisms/mechanism.hpp"
#include "policies/authorization.hpp"
#include "policies/open_size.hpp"
#include "server/login/external_services.hpp"
#include "server/login/guess_guard.hpp"
#include "server/login/remembered_pairs.hpp"
#include "server/login/task.hpp"
#include "server/login/worker_pool.hpp"
#include "server/reviews/token_reviews.hpp"
#include "store/credential_source.hpp"
#include "store/model/login_fact.hpp"
#include "store/model/realms.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace doorward {

// Who logged in. Made by a finished exchange and nothing else.
struct AuthenticatedIdentity {
  Realm realm;
  std::string username;  // of the record, or as claimed to a `none` service
  std::uint64_t record_version = 0;
  std::uint64_t login_id = 0;
};

struct Accepted {
  AuthenticatedIdentity identity;
  std::shared_ptr<const Authorization> authorization;  // never null
};

struct Refused {
  SaslCode code;  // never ok
};

struct LoginRequest {
  std::string_view hostname;  // `sasl-init.hostname`, or what the door has in its place
  // When the door gives up: nobody is held for what could only come later.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  // What the listener stands for; either may be missing. Every other realm, or every realm of another
  // service, is as unknown there as one that is nowhere.
  std::string_view default_realm;  // and that of a client that names none
  const ObjectRef* listener_service = nullptr;
  std::string_view sni = {};  // names the realm where neither does: some clients send no hostname
  std::string_view mechanism;
  Door door = Door::amqp;
  std::string_view peer;  // HOST:PORT
  bool tls = false;
  bool plain_allowed = false;  // passwords may come over this connection
  // Whether the peer has gone: asked where others wait for the turn that would be spent on it. True: answer()
  // ends as when it is cancelled. May be empty.
  std::function<bool()> gone = {};
};

class Login;

class Logins {
 public:
  // Gets one fact for each login, on the loop that ran it: quick, not throwing, from several threads at once.
  using Report = std::function<void(const LoginFact&)>;
  struct Parts {
    std::function<RealmSnapshot()> realms;  // the current table; lock-free
    CredentialSource& credentials;
    WorkerPool& pool;
    Secret decoy_key;  // shared_key("decoy") of the store
    // Of a decoy where no credential is in use: what new ones get.
    std::uint32_t decoy_iterations = ScramCredential::default_iterations;
    Report report;
    RememberedPairs::Limits remembered = {};
    GuessGuard::Limits guesses = {};
    const ExternalServices* external = nullptr;   // null: no external service answers
    std::size_t open_bytes = default_open_bytes;  // what the rights that a bridge gives may take in the reply
    TokenReviews* reviews = nullptr;              // of service account tokens; null: nobody reviews them
    // True: refuse, since nobody could be told of it; quick, from any loop.
    std::function<bool()> closed = {};
  };
  explicit Logins(Parts parts);
  ~Logins();

  Login begin(const LoginRequest& request);
  // Whose passwords are guessed. Any thread.
  GuessGuard& guesses();
  // What a listener offers, the strongest first. Clients take the strongest mechanism of an offer, so it is
  // no larger than it must be: that of the service or realm that the listener names, else of the known realm
  // that `sni` names, else the union over all services; the standard one where there is none. Never empty.
  std::vector<std::string_view> offer(const std::optional<ObjectRef>& service, std::string_view realm,
                                      std::string_view sni, bool plain_allowed) const;

 private:
  friend class Login;
  struct Shared;
  std::unique_ptr<Shared> shared_;
};

class Login {
 public:
  using Answer = std::variant<Challenge, Accepted, Refused>;

  Login(Login&&) noexcept;
  Login& operator=(Login&&) = delete;
  ~Login();

  // The client's next message; nothing for an absent initial response. `message` must live until the answer
  // is there. Everything that the door will say of an accepted client is in the answer. REQUIRES: the last
  // answer, if any, was a Challenge.
  Task<Answer> answer(std::optional<std::string_view> message);

  // While answer() waits: whether that is for the sake of guesses (guess_guard.hpp), and has been for so
  // long.
  bool held_by_guesses_for(std::chrono::milliseconds time) const;

  // The time for it is over, and answer() was cancelled: the client may come again (sys-temp).
  Answer give_up();

  // The login is over as its last answer said, and `container_id` is the delegate's (empty where it never
  // came).
  void finish(std::string_view container_id);
  // It ended otherwise: deadline, protocol error, peer gone. A refusal keeps its own reason. No-op after
  // finish().
  void abort(LoginReason reason);

  std::uint64_t id() const;

  // The realm that it is for, where that is served here; empty for all others, which are one to whoever
  // shares time between realms. The view lives as long as the login.
  std::string_view tenant() const;

 private:
  friend class Logins;
  struct State;
  explicit Login(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace doorward
