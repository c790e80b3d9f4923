// How a login is held back: where passwords are guessed before its own is verified or before it is told that
// it was wrong, and by the plan of its address space when it was right. A session that ends meanwhile cancels
// it.
#include "server/login/login_state.hpp"

#include <memory>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace doorward {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

// For as long as it lives the login is held. `held_since` tells that to whoever asks meanwhile, as though all
// the times that it was held were one that ends now.
class Held {
 public:
  Held(LoginFact& fact, HeldBy what, std::optional<Clock::time_point>& held_since)
      : fact_(fact), held_since_(held_since) {
    fact_.held_by = what;
    held_since_ = since_ - std::chrono::duration_cast<Clock::duration>(fact_.held);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() {
    fact_.held += Clock::now() - since_;
    held_since_.reset();
  }

 private:
  LoginFact& fact_;
  std::optional<Clock::time_point>& held_since_;
  const Clock::time_point since_ = Clock::now();
};

// Throws operation_aborted where the coroutine is cancelled.
Task<void> wait_until(Clock::time_point time) {
  LoopTimer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable_t<LoopExecutor>());
}

}  // namespace

// False where its turn would come too late: the rest of its time it needs for itself. REQUIRES: is_limited()
Task<bool> Login::State::admit() {
  const double rate = *service->logins_per_second;
  const Clock::time_point now = Clock::now();
  const auto when = shared.rates.admit(realm, rate, now, (deadline - now) / 4 * 3);
  if (!when) co_return false;
  if (*when <= now) co_return true;
  const Held held(fact, HeldBy::plan, held_since);
  try {
    co_await wait_until(*when);
  } catch (...) {
    shared.rates.give_back(realm);
    throw;
  }
  co_return true;
}

// What the client has said comes to be verified; false where it has to wait for its turn.
bool Login::State::may_verify(const std::optional<GuessGuard::Fingerprint>& password) {
  place.emplace(
      shared.guesses.come(realm.substr(0, max_told_name_bytes), fact.username, password, Clock::now()));
  return place->may_verify();
}

Task<void> Login::State::wait_for_turn() {
  // Whoever is next need not wait for the end of this session.
  const auto leave = [this] {
    place.reset();
    throw boost::system::system_error(asio::error::operation_aborted);
  };
  const Held held(fact, HeldBy::guesses, held_since);
  const LoopExecutor loop = co_await asio::this_coro::executor;
  const auto timer = std::make_shared<LoopTimer>(loop);
  place->on_turn([loop, weak = std::weak_ptr(timer)] {
    asio::post(loop, [weak] {
      if (const auto waiting = weak.lock()) waiting->cancel();
    });
  });
  while (!place->enter(Clock::now())) {
    timer->expires_at(place->again());
    co_await timer->async_wait(asio::as_tuple(asio::use_awaitable_t<LoopExecutor>()));
    // Woken for its turn, or cancelled as a whole.
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) leave();
  }
  // Who guesses may have hung up and come again, and would have two in the line.
  if (gone && gone()) leave();
}

// It has been verified, and `step` is what follows; false where that has to wait.
bool Login::State::may_tell(const Step& step) {
  const auto* failure = std::get_if<Failure>(&step);
  if (failure != nullptr && failure->reason == LoginReason::wrong_password) return may_tell_wrong();
  place.reset();  // right, or not verified after all
  return true;
}

// The same of a bridge's answer.
bool Login::State::may_tell(const plugins::Answer& said) {
  if (said.verdict == plugins::Verdict::refused) return may_tell_wrong();
  place.reset();
  return true;
}

bool Login::State::may_tell_wrong() {
  const Clock::time_point now = Clock::now();
  wrong_until = place->wrong(now);
  place.reset();
  wrong = wrong_until > now;
  return !wrong;
}

bool Login::held_by_guesses_for(std::chrono::milliseconds time) const {
  const State& state = *state_;
  return state.held_since && state.fact.held_by == HeldBy::guesses &&
         *state.held_since + time <= Clock::now();
}

Task<void> Login::State::wait_to_tell() {
  const Held held(fact, HeldBy::guesses, held_since);
  co_await wait_until(wrong_until);
}

}  // namespace doorward
