#include "server/login/worker_pool.hpp"

#include "server/login/pool_pace.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace doorward {

struct WorkerPool::State {
  struct Waiting {
    Job job;
    std::stop_token gone;
    std::chrono::steady_clock::time_point since;
  };
  struct Queue {
    std::size_t bound;
    std::size_t width;  // workers at a time
    std::size_t running = 0;
    std::deque<Waiting> waiting;
    PoolPace pace;

    bool ready() const { return !waiting.empty() && running < width; }
    bool full(std::chrono::nanoseconds longest_wait) const {
      return waiting.size() >= bound || pace.wait(waiting.size(), width) > longest_wait;
    }
  };

  State(std::size_t threads, std::size_t queue_bound, std::chrono::nanoseconds longest_wait, Waited told)
      : patience(longest_wait),
        waited(std::move(told)),
        queues{Queue{.bound = queue_bound, .width = threads, .waiting = {}, .pace = {}},
               Queue{.bound = std::min(queue_bound, unknown_realms_queue_bound),
                     .width = 1,
                     .waiting = {},
                     .pace = {}}} {}

  bool has_work() const { return std::ranges::any_of(queues, &Queue::ready); }

  // The queue after the one that was served last, if it has work, else the next that has.
  // REQUIRES: has_work(), and the lock.
  Queue& next() {
    do {
      turn = (turn + 1) % queues.size();
    } while (!queues[turn].ready());
    return queues[turn];
  }

  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      wake.wait(lock, [this] { return stopping || has_work(); });
      if (stopping) return;
      Queue& queue = next();
      ++queue.running;
      std::optional<Waiting> next_job = std::move(queue.waiting.front());
      queue.waiting.pop_front();
      lock.unlock();
      const bool wanted = !next_job->gone.stop_requested();
      const auto began = std::chrono::steady_clock::now();
      if (waited) waited(static_cast<Share>(&queue - queues.data()), began - next_job->since);
      if (wanted) next_job->job();
      const auto took = std::chrono::steady_clock::now() - began;
      next_job.reset();  // what it owned goes outside of the lock
      lock.lock();
      --queue.running;
      if (wanted) queue.pace.ran(took);
      // This worker goes on with a next job itself, but a queue that was full to its width may have one more.
      if (queue.ready()) wake.notify_one();
    }
  }

  const std::chrono::nanoseconds patience;
  const Waited waited;  // may be empty
  mutable std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  std::array<Queue, 2> queues;  // by Share
  std::size_t turn = 0;
  std::uint64_t refused = 0;
  std::vector<std::jthread> threads;
};

WorkerPool::WorkerPool(std::size_t threads, std::size_t queue_bound, std::chrono::nanoseconds patience,
                       Waited waited)
    : state_(std::make_unique<State>(std::max<std::size_t>(threads, 1), queue_bound, patience,
                                     std::move(waited))) {
  State& state = *state_;
  for (std::size_t i = 0; i < state.queues[0].width; ++i) {
    state.threads.emplace_back([&state] { state.work(); });
  }
}

WorkerPool::~WorkerPool() {
  std::deque<State::Waiting> dropped;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    for (State::Queue& queue : state_->queues) {
      std::ranges::move(queue.waiting, std::back_inserter(dropped));
      queue.waiting.clear();
    }
  }
  dropped.clear();
  state_->wake.notify_all();
  state_->threads.clear();
}

bool WorkerPool::post(Share share, Job job, std::stop_token gone) {
  {
    const std::lock_guard lock(state_->mutex);
    State::Queue& queue = state_->queues[std::to_underlying(share)];
    if (queue.full(state_->patience)) {
      ++state_->refused;
      return false;
    }
    queue.waiting.push_back({std::move(job), std::move(gone), std::chrono::steady_clock::now()});
  }
  state_->wake.notify_one();
  return true;
}

std::uint64_t WorkerPool::refused() const {
  const std::lock_guard lock(state_->mutex);
  return state_->refused;
}

std::size_t WorkerPool::queued() const {
  const std::lock_guard lock(state_->mutex);
  std::size_t count = 0;
  for (const State::Queue& queue : state_->queues) count += queue.waiting.size();
  return count;
}

}  // namespace doorward
