#pragma once
// The one bounded pool for whatever blocks or burns CPU: PBKDF2, a store that would wait, later reviews and bridges.
// A round trip costs about 30 microseconds, so only what needs it comes here.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>

#include "store/model/result.hpp"

namespace doorward {

class WorkerPool {
 public:
  // `threads` workers and at most `queue_bound` jobs that wait.
  WorkerPool(std::size_t threads, std::size_t queue_bound);
  // Finishes the running jobs and drops those that wait (their completions never run): after the loops have stopped.
  ~WorkerPool();

  // Queues `job` for a worker; false when the queue is full, and the job is then not run. From any thread.
  bool post(std::function<void()> job);

  std::size_t queued() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace doorward
