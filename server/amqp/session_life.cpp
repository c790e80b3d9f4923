// How a session begins, and what ends it from outside while its coroutine waits.
#include "server/amqp/session.hpp"
#include "server/ops/log.hpp"

#include <exception>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

namespace doorward {

Session::Session(SessionLoop& loop, Descriptor descriptor, std::string peer, const AmqpListener& listener,
                 const SessionSettings& settings, ConnectionSlots::Slot slot)
    : listener_(listener),
      settings_(settings),
      name_(std::move(peer)),
      loop_(loop),
      peer_(loop.executor, std::move(descriptor)),
      slot_(std::move(slot)),
      state_(loop.states) {}

void Session::start(std::unique_ptr<Session> session) {
  Session& started = *session;
  started.loop_.login.begin(started);
  // The handler keeps the session, and goes last. The loop runs until then, also while a session waits for
  // the worker pool: whatever is spawned is work of it.
  auto done = [kept = std::move(session)](const std::exception_ptr& error) {
    if (!error) return;
    if (const auto stopped = kept->peer_.transport().stopped()) {
      if (kept->login_) kept->login_->abort(*stopped);
      return;
    }
    if (kept->login_) kept->login_->abort(LoginReason::internal);
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      log::error("session failed", {{"peer", kept->name_}, {"reason", e.what()}});
    }
  };
  boost::asio::co_spawn(started.loop_.executor, started.run(),
                        boost::asio::bind_cancellation_slot(started.give_up_answer_.slot(), std::move(done)));
}

void Session::stop(LoginReason reason) {
  peer_.transport().stop(reason);
  if (answering_) give_up_answer_.emit(boost::asio::cancellation_type::terminal);
}

void Session::look(bool crowded) {
  const bool closing = state_.current() == ConnectionState::closing;
  if (out_of_time_) {
    // It has been told to come again, and whoever does not go is not waited for.
    if (crowded && closing) stop();
    return;
  }
  if (closing) return;
  Transport& transport = peer_.transport();
  if (answering_) {
    if (peer_has_gone()) return stop(LoginReason::peer_gone);
    // Its client may have made it wait, by a wrong password, as well as one that says nothing. What it has
    // said is counted already.
    if (crowded && login_->held_by_guesses_for(settings_.limits.slow_peer)) time_is_over();
  } else if (crowded) {
    // Up to the outcome the deadline is the first one.
    const auto began = deadline() - settings_.limits.login;
    if (began + settings_.limits.slow_peer > std::chrono::steady_clock::now()) return;
    if (transport.peek() == Io::want_read) stop();
  }
}

// One that ends its side behind a whole login still waits for the answer.
bool Session::peer_has_gone() {
  const Io next = peer_.holds_more() ? Io::done : peer_.transport().peek();
  return next == Io::ended || next == Io::failed;
}

// A delegate that waits for us is told to come again; one that we wait for is left.
void Session::time_is_over() {
  if (!answering_) return stop();
  out_of_time_ = true;
  give_up_answer_.emit(boost::asio::cancellation_type::terminal);
}

}  // namespace doorward
