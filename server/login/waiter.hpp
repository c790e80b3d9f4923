#pragma once
// How a coroutine awaits what somebody else will say from any thread: it is resumed on its own loop, by the
// answer or by a cancellation, whichever comes first.
//
// Whoever is to answer owns all that it touches, since the coroutine may be cancelled or destroyed meanwhile;
// its answer is then thrown away. The coroutine is touched on its own loop only. An answer that is dropped
// uncalled takes the coroutine with it.
#include "server/login/task.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace doorward {

// The coroutine that waits.
template <class Value, class Handler>
class Waiter {
 public:
  Waiter(Handler handler, const LoopExecutor& home) : loop(home), handler_(std::move(handler)), work_(home) {}

  const LoopExecutor loop;
  std::stop_source gone;  // the coroutine was cancelled

  // On the loop.
  void resume(std::exception_ptr error, std::optional<Value> value) {
    if (!handler_) return;
    Handler handler = *std::exchange(handler_, std::nullopt);
    work_.reset();
    std::move(handler)(std::move(error), std::move(value));
  }

 private:
  std::optional<Handler> handler_;
  // Keeps the loop running for the coroutine's sake, which no socket or timer does meanwhile.
  boost::asio::executor_work_guard<LoopExecutor> work_;
};

// Calls `start(answer)` or `start(answer, gone)` on the loop and gives the value, or throws the error, of the
// one call `answer(std::exception_ptr, std::optional<Value>)`. Throws operation_aborted where the coroutine
// is cancelled; `gone`, a std::stop_token, says so then.
template <class Value, class Start>
Task<std::optional<Value>> await_answer(Start start) {
  namespace asio = boost::asio;
  const LoopExecutor loop = co_await asio::this_coro::executor;
  const asio::use_awaitable_t<LoopExecutor> token;

  co_return co_await asio::async_initiate<decltype(token), void(std::exception_ptr, std::optional<Value>)>(
      [loop](auto handler, Start owned_start) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        auto waiter = std::make_shared<Waiter<Value, decltype(handler)>>(std::move(handler), loop);
        if (slot.is_connected()) {
          slot.assign([weak = std::weak_ptr(waiter)](asio::cancellation_type) {
            const auto cancelled = weak.lock();
            if (!cancelled) return;
            cancelled->gone.request_stop();
            asio::post(cancelled->loop, [cancelled] {
              const boost::system::system_error aborted(asio::error::operation_aborted);
              cancelled->resume(std::make_exception_ptr(aborted), std::nullopt);
            });
          });
        }
        const std::stop_token gone = waiter->gone.get_token();
        auto answer = [waiter](std::exception_ptr error, std::optional<Value> value) mutable {
          // All moves along: the last reference must go on the loop, since the coroutine's frame may go with
          // it.
          const LoopExecutor home = waiter->loop;
          asio::post(home, [waiter = std::move(waiter), error = std::move(error),
                            value = std::move(value)]() mutable {
            waiter->resume(std::move(error), std::move(value));
          });
        };
        waiter.reset();
        if constexpr (std::is_invocable_v<Start&, decltype(answer), std::stop_token>) {
          owned_start(std::move(answer), gone);
        } else {
          owned_start(std::move(answer));
        }
      },
      token, std::move(start));
}

}  // namespace doorward
