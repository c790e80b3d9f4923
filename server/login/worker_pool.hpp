#pragma once
// The one bounded pool for whatever blocks or burns CPU: PBKDF2, a store that would wait, later reviews and
// bridges. A round trip costs about 30 microseconds, so only what needs it comes here.
//
// Owned by the service and shared by all loops. Coroutines use it through run() of run_on_pool.hpp.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>

namespace doorward {

class WorkerPool {
 public:
  using Job = std::move_only_function<void()>;

  // Who may use how much of the pool. Workers turn to both in alternation.
  enum class Share : std::uint8_t {
    logins,          // every worker, and the whole queue
    unknown_realms,  // one worker at a time, and a small queue: what strangers make up must not hold up
                     // others
  };
  static constexpr std::size_t unknown_realms_queue_bound = 64;
  // How long a job has waited for its turn; called on its worker, for each.
  using Waited = std::function<void(Share, std::chrono::nanoseconds)>;

  // `threads` workers, one at least, and at most `queue_bound` jobs that wait; fewer where by the pace of the
  // last jobs one would wait longer than `patience`.
  WorkerPool(std::size_t threads, std::size_t queue_bound,
             std::chrono::nanoseconds patience = std::chrono::nanoseconds::max(), Waited waited = {});
  // Finishes the running jobs and drops those that wait. A dropped job takes the coroutine with it that
  // awaits it, so this comes after the loops have stopped and before they are destroyed.
  ~WorkerPool();

  // Queues `job` for a worker; false when the share's queue is full, and the job is then not run. From any
  // thread. A job must not throw and must own what it touches: whoever waits for it may be gone by then.
  // Where `gone` says so when the job's turn comes, it is dropped instead.
  [[nodiscard]] bool post(Share share, Job job, std::stop_token gone = {});

  // Jobs that were refused since the beginning.
  std::uint64_t refused() const;
  // Jobs that wait, over all shares.
  std::size_t queued() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace doorward
