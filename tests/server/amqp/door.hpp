#pragma once
// A whole door in the test's process: real loops, mechanisms and pool, users in memory, and what it reported.
#include "server/amqp/amqp_server.hpp"
#include "server/ops/log.hpp"
#include "tests/server/amqp/frames.hpp"
#include "tests/server/amqp/peer.hpp"
#include "tests/server/login/house.hpp"

#include <concepts>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace doorward {

// The log of its lifetime, from the level info on.
class LogCapture {
 public:
  LogCapture() {
    testing::internal::CaptureStderr();
    writer_ = std::make_unique<log::Writer>(log::Writer::Options{});
  }
  ~LogCapture() {
    if (writer_) lines();
  }
  std::string lines() {
    writer_.reset();
    return testing::internal::GetCapturedStderr();
  }

 private:
  std::unique_ptr<log::Writer> writer_;
};

// Realms: `shop` (standard, the user ann with the password pencil), `open` (none), `asleep` (standard, not
// ready).
class Doorway {
 public:
  struct Options {
    AmqpLimits limits = {};
    std::size_t loops = 2;
    std::vector<AmqpListener> listeners = {{.host = "127.0.0.1"}};
    std::vector<UserRecord> more_users = {};
    GuessGuard::Limits guesses = unguarded;
    bool started = true;
  };

  Doorway() : Doorway(Options()) {}
  explicit Doorway(Options options)
      : table_(std::make_shared<const RealmTable>(
            std::vector{service_of("shop", ServiceType::standard), service_of("open", ServiceType::none),
                        service_of("asleep", ServiceType::standard, false)},
            std::vector<std::pair<ObjectRef, ServiceType>>{{{"infra", "standard"}, ServiceType::standard},
                                                           {{"infra", "none"}, ServiceType::none}})),
        pool_(std::make_unique<WorkerPool>(2, 1'000)),
        logins_(Logins::Parts{.realms = [this] { return table_; },
                              .credentials = users,
                              .pool = *pool_,
                              .decoy_key = Secret("a key that the store keeps"),
                              .report = [this](const LoginFact& fact) { add(fact); },
                              .guesses = options.guesses}) {
    users.put(user_of("shop", "ann"));
    for (UserRecord& user : options.more_users) users.put(std::move(user));
    auto listening = AmqpServer::listen({.logins = logins_,
                                         .listeners = std::move(options.listeners),
                                         .limits = unhurried(options.limits),
                                         .loops = options.loops});
    if (!listening) throw std::runtime_error(listening.error().message);
    server = std::move(*listening);
    if (options.started) server->start();
  }
  ~Doorway() {
    server->stop();
    pool_.reset();
    server.reset();
  }

  const std::string& address(std::size_t listener = 0) const { return server->bound().at(listener).address; }
  Peer connect() const { return Peer(address()); }
  // A connection that has its offer.
  Peer greeted() const {
    Peer peer = connect();
    peer.send(sasl_header);
    peer.expect_offer();
    return peer;
  }
  // One that has its outcome of ok.
  Peer accepted() const {
    Peer peer = greeted();
    peer.send(sasl_init("PLAIN", plain("ann", "pencil"), "shop"));
    if (peer.outcome() != SaslCode::ok) throw std::runtime_error("not let in");
    return peer;
  }

  // The facts so far, once there are `count`.
  std::vector<LoginFact> facts(std::size_t count) {
    std::unique_lock lock(mutex_);
    if (!came_.wait_for(lock, std::chrono::minutes(1), [&] { return facts_.size() >= count; })) {
      throw std::runtime_error("a login was not reported");
    }
    return facts_;
  }
  std::size_t fact_count() {
    const std::lock_guard lock(mutex_);
    return facts_.size();
  }
  // Until the server counts so many connections. Each loop takes what waits at its own socket, so one that
  // has caught up says nothing of the others.
  void wait_until_connections(std::invocable<std::size_t> auto are) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!are(server->connections())) {
      if (std::chrono::steady_clock::now() > end)
        throw std::runtime_error("the connections are not what they should be");
      std::this_thread::yield();
    }
  }
  void wait_until_empty() const {
    wait_until_connections([](std::size_t count) { return count == 0; });
  }

  UsersInMemory users;
  std::unique_ptr<AmqpServer> server;

 private:
  // What a test leaves as it is must not matter to it, however loaded the machine is.
  static AmqpLimits unhurried(AmqpLimits limits) {
    const AmqpLimits usual;
    if (limits.login == usual.login) limits.login = std::chrono::minutes(5);
    if (limits.after_outcome == usual.after_outcome) limits.after_outcome = std::chrono::minutes(5);
    if (limits.slow_peer == usual.slow_peer) limits.slow_peer = std::chrono::minutes(5);
    if (limits.ending == usual.ending) limits.ending = std::chrono::minutes(1);
    return limits;
  }

  void add(const LoginFact& fact) {
    {
      const std::lock_guard lock(mutex_);
      facts_.push_back(fact);
    }
    came_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<LoginFact> facts_;
  RealmSnapshot table_;
  std::unique_ptr<WorkerPool> pool_;
  Logins logins_;
};

// The whole of a login that must succeed, over a connection on which nothing was said yet.
inline Peer::Reply log_in(Peer& peer, std::string_view realm = "shop", std::string_view username = "ann",
                          std::string_view password = "pencil") {
  peer.send(sasl_header);
  peer.expect_offer();
  peer.send(sasl_init("PLAIN", plain(username, password), realm));
  if (const SaslCode code = peer.outcome(); code != SaslCode::ok) {
    throw std::runtime_error("outcome " + std::string(to_string(code)));
  }
  peer.send(std::string(amqp_header) + open_frame("router"));
  Peer::Reply reply = peer.reply();
  peer.send(close_frame);
  return reply;
}

}  // namespace doorward
