#pragma once
// What the tests of logins share: users in memory behind the interface of the store, a loop that a test turns
// by hand, real mechanisms, a real pool, and the client's side of SCRAM by code that is not ours (OpenSSL).
#include "mechanisms/password.hpp"
#include "server/login/login.hpp"
#include "tests/mechanisms/exchange.hpp"

#include <atomic>
#include <exception>
#include <initializer_list>
#include <latch>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>

namespace doorward {

inline const std::string default_salt = "W22ZaJ0SNY7soEsUEjb6gQ==";
inline constexpr std::uint32_t few_iterations = 4'096;
// For tests that are not about guesses: no answer waits.
inline constexpr GuessGuard::Limits unguarded{.bucket = 1'000'000};

// Users as a store would answer them. What it does is set before logins run.
class UsersInMemory : public CredentialSource {
 public:
  void put(UserRecord user) {
    const std::pair key(user.realm.text(), user.username.text());
    users_[key] = std::make_shared<const UserRecord>(std::move(user));
  }
  void erase(const std::string& realm, const std::string& username) { users_.erase({realm, username}); }

  std::optional<UserSnapshot> peek(std::string_view realm, std::string_view username) override {
    ++peeks;
    if (realm.empty()) ++peeks_in_no_realm;
    if (would_wait) return std::nullopt;
    return at(realm, username);
  }
  Result<UserSnapshot> find(std::string_view realm, std::string_view username) override {
    ++finds;
    if (found) found->count_down();
    if (may_answer) may_answer->wait();
    if (fails_with) return fail(*fails_with, "the store is gone");
    return at(realm, username);
  }

  std::optional<CredentialShapes> peek_shapes(std::string_view) override {
    ++shape_peeks;
    if (would_wait) return std::nullopt;
    return in_use();
  }
  Result<CredentialShapes> find_shapes(std::string_view) override {
    ++shape_finds;
    return in_use();
  }

  std::vector<CredentialShape> shapes;  // in use in each realm
  bool would_wait = false;              // peek() and peek_shapes() have no answer
  std::optional<ErrorCode> fails_with;  // find() fails
  std::latch* found = nullptr;          // find() has been called
  std::latch* may_answer = nullptr;     // find() waits for it
  std::atomic<int> peeks = 0;
  std::atomic<int> peeks_in_no_realm = 0;
  std::atomic<int> shape_peeks = 0;
  std::atomic<int> shape_finds = 0;
  std::atomic<int> finds = 0;

 private:
  UserSnapshot at(std::string_view realm, std::string_view username) const {
    const auto user = users_.find({std::string(realm), std::string(username)});
    return user == users_.end() ? nullptr : user->second;
  }
  CredentialShapes in_use() const { return std::make_shared<const std::vector<CredentialShape>>(shapes); }
  std::map<std::pair<std::string, std::string>, UserSnapshot> users_;
};

inline UserRecord user_of(std::string_view realm, std::string_view username,
                          std::string_view password = "pencil",
                          std::vector<ScramHash> hashes = {ScramHash::sha1, ScramHash::sha256,
                                                           ScramHash::sha512}) {
  UserRecord user{.realm = Realm::parse(realm).value(),
                  .username = Username::parse(username).value(),
                  .version = 7,
                  .credentials = {},
                  .authorization = {{.addresses = {"orders"}, .operations = {.send = true}}}};
  for (const ScramHash hash : hashes) {
    user.credentials.push_back(credential_of(password, hash, default_salt, few_iterations));
  }
  return user;
}

inline RealmService service_of(std::string_view realm, ServiceType type, bool ready = true) {
  return {.realm = Realm::parse(realm).value(),
          .address_space = {"ns", std::string(realm)},
          .service = {"infra", std::string(to_string(type))},
          .type = type,
          .ready = ready};
}

// An answer in words: `challenge "..."`, `accepted "user"`, `refused auth`.
inline std::string in_words(const Login::Answer& answer) {
  if (const auto* challenge = std::get_if<Challenge>(&answer)) return "challenge \"" + challenge->data + '"';
  if (const auto* accepted = std::get_if<Accepted>(&answer))
    return "accepted \"" + accepted->identity.username + '"';
  return "refused " + std::string(to_string(std::get<Refused>(answer).code));
}

inline std::string plain_message(std::string_view username, std::string_view password) {
  std::string message;
  message.append(1, '\0').append(username).append(1, '\0').append(password);
  return message;
}

// The house as far as a login sees it: the realms `shop` (standard), `open` (none) and `asleep` (standard,
// not ready).
class LoginHouse {
 public:
  explicit LoginHouse(std::size_t threads = 1, std::size_t queue_bound = 1'000)
      : pool(std::make_unique<WorkerPool>(threads, queue_bound)) {
    set_realms({service_of("shop", ServiceType::standard), service_of("open", ServiceType::none),
                service_of("asleep", ServiceType::standard, false)});
    users.put(user_of("shop", "ann"));
    make_logins();
  }
  // A service that shuts down: the loop has stopped, the pool goes first, then what waits on the loop.
  ~LoginHouse() {
    pool.reset();
    loop.reset();
  }

  void set_realms(std::vector<RealmService> realms,
                  std::vector<std::pair<ObjectRef, ServiceType>> services = {
                      {{"infra", "standard"}, ServiceType::standard},
                      {{"infra", "none"}, ServiceType::none}}) {
    table = std::make_shared<const RealmTable>(std::move(realms), std::move(services));
  }
  // Forgets what was remembered, as a restart does.
  void make_logins(RememberedPairs::Limits remembered = {}, GuessGuard::Limits guesses = unguarded) {
    logins =
        std::make_unique<Logins>(Logins::Parts{.realms = [this] { return table; },
                                               .credentials = users,
                                               .pool = *pool,
                                               .decoy_key = Secret("a key that the store keeps"),
                                               .report = [this](const LoginFact& f) { facts.push_back(f); },
                                               .remembered = remembered,
                                               .guesses = guesses});
  }

  Login begin(std::string_view realm, std::string_view mechanism) {
    return logins->begin({.hostname = realm,
                          .default_realm = {},
                          .mechanism = mechanism,
                          .peer = "127.0.0.1:40000",
                          .plain_allowed = true});
  }

  // Turns the loop until the task is done.
  template <class T>
  T await(Task<T> task) {
    std::optional<T> result;
    boost::asio::co_spawn(*loop, std::move(task), [&result](std::exception_ptr error, T value) {
      if (error) std::rethrow_exception(error);
      result.emplace(std::move(value));
    });
    loop->restart();
    loop->run();
    return std::move(result.value());
  }
  Login::Answer answer(Login& login, std::optional<std::string_view> message) {
    return await(login.answer(message));
  }

  // One login with PLAIN, to its end.
  std::string plain(std::string_view realm, std::string_view username, std::string_view password) {
    Login login = begin(realm, "PLAIN");
    const std::string ended = in_words(answer(login, plain_message(username, password)));
    login.finish("router");
    return ended;
  }

  // One login with SCRAM as a client does it, to its end: what the server said, a line each, with its nonce
  // left out. The last line is the outcome.
  std::vector<std::string> scram(std::string_view realm, ScramHash hash, std::string_view username,
                                 std::string_view password) {
    Login login = begin(realm, scram_mechanism(hash));
    std::vector<std::string> said;
    const std::string bare = "n=" + std::string(username) + ",r=clientnonce";
    const Login::Answer first = answer(login, "n,," + bare);
    said.push_back(in_words(first));
    if (const auto* challenge = std::get_if<Challenge>(&first)) {
      const std::string& server_first = challenge->data;
      const std::size_t salt_at = server_first.find(",s=") + 3;
      const std::size_t count_at = server_first.find(",i=") + 3;
      const ScramCredential asked{
          .hash = hash,
          .salt = base64_decode(server_first.substr(salt_at, count_at - 3 - salt_at)).value(),
          .iterations = static_cast<std::uint32_t>(std::stoul(server_first.substr(count_at))),
          .keys = {}};
      said.back() = "challenge r=...," + server_first.substr(salt_at - 2);
      const std::string without_proof = "c=biws," + server_first.substr(0, salt_at - 3);
      const std::string proof =
          client_proof(password, asked, bare + ',' + server_first + ',' + without_proof);
      const Login::Answer final = answer(login, without_proof + ",p=" + proof);
      said.push_back(in_words(final).substr(0, 13));
      if (std::holds_alternative<Challenge>(final)) said.push_back(in_words(answer(login, "")));
    }
    login.finish("router");
    return said;
  }

  UsersInMemory users;
  RealmSnapshot table;
  std::vector<LoginFact> facts;
  std::unique_ptr<WorkerPool> pool;
  std::unique_ptr<Logins> logins;
  std::unique_ptr<boost::asio::io_context> loop = std::make_unique<boost::asio::io_context>();
};

// Keeps the only worker of each share busy until it is let go, or those of some shares.
class BusyWorkers {
 public:
  explicit BusyWorkers(WorkerPool& pool, std::initializer_list<WorkerPool::Share> shares = {
                                             WorkerPool::Share::reads, WorkerPool::Share::passwords,
                                             WorkerPool::Share::unknown_realms}) {
    const auto busy = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(shares.size()));
    for (const WorkerPool::Share share : shares) {
      const bool posted = pool.post(share, "busy", [busy, free = free_] {
        busy->count_down();
        free->wait();
      });
      if (!posted) std::terminate();
    }
    busy->wait();
  }
  ~BusyWorkers() { let_go(); }
  void let_go() {
    if (!std::exchange(let_go_, true)) free_->count_down();
  }

 private:
  std::shared_ptr<std::latch> free_ = std::make_shared<std::latch>(1);
  bool let_go_ = false;
};

// A pool with one worker for each share that can take nothing more, for anybody.
class FullPool {
 public:
  explicit FullPool(WorkerPool& pool) : busy_(pool) {
    for (const auto share :
         {WorkerPool::Share::reads, WorkerPool::Share::passwords, WorkerPool::Share::unknown_realms}) {
      while (pool.post(share, "busy", [] {})) continue;
    }
  }

 private:
  BusyWorkers busy_;
};

}  // namespace doorward
