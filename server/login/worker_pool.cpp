#include "server/login/worker_pool.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace doorward {

struct WorkerPool::State {
  struct Queue {
    std::size_t bound;
    std::size_t width;  // workers at a time
    std::size_t running = 0;
    std::deque<Job> waiting;

    bool ready() const { return !waiting.empty() && running < width; }
  };

  State(std::size_t threads, std::size_t queue_bound)
      : queues{Queue{.bound = queue_bound, .width = threads, .waiting = {}},
               Queue{.bound = std::min(queue_bound, unknown_realms_queue_bound), .width = 1, .waiting = {}}} {
  }

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
      Job job = std::move(queue.waiting.front());
      queue.waiting.pop_front();
      lock.unlock();
      job();
      job = nullptr;  // what it owned goes outside of the lock
      lock.lock();
      --queue.running;
      // This worker goes on with a next job itself, but a queue that was full to its width may have one more.
      if (queue.ready()) wake.notify_one();
    }
  }

  mutable std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  std::array<Queue, 2> queues;  // by Share
  std::size_t turn = 0;
  std::uint64_t refused = 0;
  std::vector<std::jthread> threads;
};

WorkerPool::WorkerPool(std::size_t threads, std::size_t queue_bound)
    : state_(std::make_unique<State>(std::max<std::size_t>(threads, 1), queue_bound)) {
  State& state = *state_;
  for (std::size_t i = 0; i < state.queues[0].width; ++i) {
    state.threads.emplace_back([&state] { state.work(); });
  }
}

WorkerPool::~WorkerPool() {
  std::deque<Job> dropped;
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

bool WorkerPool::post(Share share, Job job) {
  {
    const std::lock_guard lock(state_->mutex);
    State::Queue& queue = state_->queues[std::to_underlying(share)];
    if (queue.waiting.size() >= queue.bound) {
      ++state_->refused;
      return false;
    }
    queue.waiting.push_back(std::move(job));
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
