#pragma once
// How a coroutine has something done on the worker pool: it awaits the result and resumes on its own loop.
//
// The job owns all that it touches (captures by value, snapshots by shared_ptr), since the coroutine may be
// cancelled or destroyed while the job runs; its result is then thrown away. The coroutine is touched on its
// own loop only.
#include "server/login/task.hpp"
#include "server/login/worker_pool.hpp"

#include <exception>
#include <memory>
#include <optional>
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

// A coroutine that waits for a job. Whoever comes first, the job or a cancellation, resumes it.
template <class Value, class Handler>
class PoolWaiter {
 public:
  PoolWaiter(Handler handler, const LoopExecutor& home)
      : loop(home), handler_(std::move(handler)), work_(home) {}

  const LoopExecutor loop;

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

// What `job()` returned, or nothing where the share's queue is full and the job was not run. Throws what the
// job threw, and operation_aborted where the coroutine is cancelled.
template <class Job>
Task<std::optional<std::invoke_result_t<Job&>>> run(WorkerPool& pool, WorkerPool::Share share, Job job) {
  namespace asio = boost::asio;
  using Value = std::invoke_result_t<Job&>;
  const LoopExecutor loop = co_await asio::this_coro::executor;
  const asio::use_awaitable_t<LoopExecutor> token;

  co_return co_await asio::async_initiate<decltype(token), void(std::exception_ptr, std::optional<Value>)>(
      [&pool, share, loop](auto handler, Job owned_job) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        const auto waiter = std::make_shared<PoolWaiter<Value, decltype(handler)>>(std::move(handler), loop);
        if (slot.is_connected()) {
          slot.assign([weak = std::weak_ptr(waiter)](asio::cancellation_type) {
            const auto cancelled = weak.lock();
            if (!cancelled) return;
            asio::post(cancelled->loop, [cancelled] {
              const boost::system::system_error aborted(asio::error::operation_aborted);
              cancelled->resume(std::make_exception_ptr(aborted), std::nullopt);
            });
          });
        }
        const bool posted = pool.post(share, [waiter, owned_job = std::move(owned_job)]() mutable {
          std::optional<Value> value;
          std::exception_ptr error;
          try {
            value.emplace(owned_job());
          } catch (...) {
            error = std::current_exception();
          }
          // All moves along: the last reference must go on the loop, since the coroutine's frame may go with
          // it.
          const LoopExecutor home = waiter->loop;
          asio::post(home, [waiter = std::move(waiter), error = std::move(error),
                            value = std::move(value)]() mutable {
            waiter->resume(std::move(error), std::move(value));
          });
        });
        if (!posted) asio::post(loop, [waiter] { waiter->resume(nullptr, std::nullopt); });
      },
      token, std::move(job));
}

}  // namespace doorward
