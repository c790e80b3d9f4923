#include "server/amqp/amqp_server.hpp"

#include "server/amqp/listener.hpp"
#include "server/ops/log.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>
#include <thread>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace doorward {
namespace {

using Clock = std::chrono::steady_clock;

// OpenSSL writes without MSG_NOSIGNAL, and the signals of the process are for its main thread.
void leave_signals_to_main() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

struct AmqpServer::Loop {
  explicit Loop(const AmqpLimits& limits) : shared(io.get_executor(), states, limits) {}

  ConnectionStates states;
  // Sessions leave the list as they go, so it goes after the loop that holds them.
  boost::intrusive::list<Session, boost::intrusive::constant_time_size<false>> sessions;
  // Sockets are touched by the thread of this loop alone; others only post to it.
  boost::asio::io_context io{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  SessionLoop shared;
  std::optional<boost::asio::executor_work_guard<LoopExecutor>> work{std::in_place, io.get_executor()};
  std::vector<std::unique_ptr<Listener>> listeners;
  LoopTimer next_look{io.get_executor()};
  std::thread thread;

  void run() {
    leave_signals_to_main();
    for (;;) {
      try {
        io.run();
        return;
      } catch (const std::exception& e) {
        log::error("event loop failed and goes on", {{"reason", e.what()}});
      }
    }
  }

  // A session that gives up leaves the list.
  void each_session(auto act) {
    for (auto next = sessions.begin(); next != sessions.end();) act(*next++);
  }

  void look_after(const ConnectionSlots& slots, std::chrono::milliseconds every) {
    next_look.expires_after(every);
    next_look.async_wait([this, &slots, every](const boost::system::error_code& cancelled) {
      if (cancelled || !work) return;  // a timer that has expired cannot be cancelled any more
      each_session([crowded = slots.taken() >= slots.bound()](Session& session) { session.look(crowded); });
      look_after(slots, every);
    });
  }
};

AmqpServer::AmqpServer(Parts parts)
    : listeners_(std::move(parts.listeners)),
      settings_{parts.logins, parts.limits, std::move(parts.container_id)},
      slots_(parts.limits.connections) {
  for (std::size_t i = 0; i < parts.loops; ++i) loops_.push_back(std::make_unique<Loop>(settings_.limits));
}

AmqpServer::~AmqpServer() { join(std::chrono::milliseconds(0)); }

Result<std::unique_ptr<AmqpServer>> AmqpServer::listen(Parts parts) {
  std::unique_ptr<AmqpServer> server(new AmqpServer(std::move(parts)));
  for (const AmqpListener& listener : server->listeners_) {
    if (auto bound = server->bind(listener); !bound) return std::unexpected(bound.error());
  }
  return server;
}

Result<> AmqpServer::bind(const AmqpListener& settings) {
  auto everywhere = listen_on(settings.host, settings.port, loops_.size(), settings_.limits.backlog);
  if (!everywhere) return std::unexpected(everywhere.error());
  for (ListeningSockets& at : *everywhere) {
    const std::string address = at.address.text();
    bound_.push_back({address, settings.tls != nullptr});
    for (std::size_t i = 0; i < loops_.size(); ++i) {
      Loop& loop = *loops_[i];
      auto begin = [this, &loop, &settings](Descriptor connection, std::string peer,
                                            ConnectionSlots::Slot slot) {
        auto session = std::make_unique<Session>(loop.shared, std::move(connection), std::move(peer),
                                                 settings, settings_, std::move(slot));
        loop.sessions.push_back(*session);
        Session::start(std::move(session));
      };
      loop.listeners.push_back(std::make_unique<Listener>(loop.io.get_executor(), std::move(at.sockets[i]),
                                                          address, slots_, settings_.limits.accept_pause,
                                                          std::move(begin)));
    }
  }
  return {};
}

void AmqpServer::start() {
  for (const auto& loop : loops_) {
    for (const auto& listener : loop->listeners) listener->start();
    loop->look_after(slots_, settings_.limits.look);
    loop->thread = std::thread([this, &loop = *loop] {
      loop.run();
      finished_.release();
    });
  }
}

void AmqpServer::stop() { join(settings_.limits.grace); }

std::vector<AmqpServer::Loop*> AmqpServer::running() const {
  std::vector<Loop*> running;
  for (const auto& loop : loops_) {
    if (loop->thread.joinable()) running.push_back(loop.get());
  }
  return running;
}

void AmqpServer::drain() {
  if (draining_since_) return;
  draining_since_ = Clock::now();
  for (Loop* loop : running()) {
    boost::asio::post(loop->io, [loop] {
      for (const auto& listener : loop->listeners) listener->drain();
      loop->shared.login.drain();
      loop->shared.after_outcome.drain();
      loop->next_look.cancel();
      loop->work.reset();
    });
  }
}

void AmqpServer::join(std::chrono::milliseconds grace) {
  drain();
  const std::vector<Loop*> loops = running();
  std::size_t left = loops.size();
  if (!wait_for_loops(left, *draining_since_ + grace)) {
    log::warning("the time for running logins is over: ending them", {{"open", connections()}});
    for (Loop* loop : loops) {
      boost::asio::post(loop->io, [loop] {
        for (const auto& listener : loop->listeners) listener->close();
        loop->each_session([](Session& session) { session.stop(); });
      });
    }
    if (!wait_for_loops(left, Clock::now() + settings_.limits.ending)) {
      for (Loop* loop : loops) loop->io.stop();
    }
  }
  for (Loop* loop : loops) loop->thread.join();
}

std::size_t AmqpServer::connections(ConnectionState state) const {
  std::int64_t count = 0;
  for (const auto& loop : loops_) count += loop->states.count(state);
  // A connection that changes its state meanwhile may be counted in neither.
  return static_cast<std::size_t>(std::max<std::int64_t>(count, 0));
}

std::vector<LoopExecutor> AmqpServer::loops() const {
  std::vector<LoopExecutor> executors;
  for (const auto& loop : loops_) executors.push_back(loop->io.get_executor());
  return executors;
}

bool AmqpServer::wait_for_loops(std::size_t& running, Clock::time_point until) {
  while (running > 0 && finished_.try_acquire_until(until)) --running;
  return running == 0;
}

}  // namespace doorward
