#pragma once
// The AMQP door: N event loops, each a thread with its own listening sockets and its own connections for
// life.
//
// The service owns one. listen(), start(), drain() and stop() are called by one thread; bound() and
// connections() by any. Logins outlive the server; the worker pool goes after stop() and before the server,
// since what the pool still finishes is posted to the loops.
#include "server/amqp/connection_slots.hpp"
#include "server/amqp/limits.hpp"
#include "server/amqp/session.hpp"
#include "server/login/login.hpp"
#include "store/model/result.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <vector>

namespace doorward {

class AmqpServer {
 public:
  struct Parts {
    Logins& logins;
    std::vector<AmqpListener> listeners;
    AmqpLimits limits;
    std::size_t loops = 1;
    std::string container_id = "doorward";  // in every open
  };
  struct Bound {
    std::string address;  // HOST:PORT, the port that the kernel chose in place of 0
    bool tls = false;
  };

  // Binds every address for every loop: from here on connections wait, and are served from start() on.
  static Result<std::unique_ptr<AmqpServer>> listen(Parts parts);
  // Without stop() before: ends every session at once.
  ~AmqpServer();

  void start();
  // Accepts what waits, closes the listeners and lets the running sessions finish. Waits for none of that.
  // Once is enough.
  void drain();
  // Does that, and ends within `limits.ending` the sessions that are left `limits.grace` after it. The
  // threads are gone on return; what is left even then is the destructor's.
  void stop();

  // In the order of the listeners; a name with several addresses is bound to each.
  const std::vector<Bound>& bound() const { return bound_; }
  std::size_t connections() const { return slots_.taken(); }
  std::size_t connections(ConnectionState state) const;
  std::size_t connection_bound() const { return slots_.bound(); }
  // Of the event loops, for who wants to know whether they still run. What is left on a loop that has ended
  // is dropped.
  std::vector<LoopExecutor> loops() const;

 private:
  struct Loop;

  explicit AmqpServer(Parts parts);
  Result<> bind(const AmqpListener& settings);
  std::vector<Loop*> running() const;
  void join(std::chrono::milliseconds grace);
  bool wait_for_loops(std::size_t& running, std::chrono::steady_clock::time_point until);

  const std::vector<AmqpListener> listeners_;
  const SessionSettings settings_;
  ConnectionSlots slots_;
  std::vector<Bound> bound_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::counting_semaphore<> finished_{0};  // one for each loop that has run out
  std::optional<std::chrono::steady_clock::time_point> draining_since_;
};

}  // namespace doorward
