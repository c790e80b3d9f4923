#pragma once
// How a coroutine has something done on the worker pool: it awaits the result and resumes on its own loop.
// The job owns all that it touches: captures by value, snapshots by shared_ptr. One whose coroutine was
// cancelled before its turn is not run.
#include "server/login/waiter.hpp"
#include "server/login/worker_pool.hpp"

#include <stop_token>
#include <string>
#include <type_traits>

namespace doorward {

// Whose job it is, and of what kind.
struct PoolTurn {
  WorkerPool::Share share;
  std::string realm;
};

// What `job()` returned, or nothing where the share's queue is full or its turn came too late, and the job
// was not run. Throws what the job threw, and operation_aborted where the coroutine is cancelled.
template <class Job>
Task<std::optional<std::invoke_result_t<Job&>>> run(WorkerPool& pool, PoolTurn turn, Job job) {
  using Value = std::invoke_result_t<Job&>;
  return await_answer<Value>(
      [&pool, turn = std::move(turn), job = std::move(job)](auto answer, std::stop_token gone) mutable {
        auto work = [answer, owned_job = std::move(job)]() mutable {
          std::optional<Value> value;
          std::exception_ptr error;
          try {
            value.emplace(owned_job());
          } catch (...) {
            error = std::current_exception();
          }
          answer(std::move(error), std::move(value));
        };
        auto too_late = [answer]() mutable { answer(nullptr, std::nullopt); };
        const bool posted =
            pool.post(turn.share, turn.realm, std::move(work), std::move(gone), std::move(too_late));
        if (!posted) answer(nullptr, std::nullopt);
      });
}

}  // namespace doorward
