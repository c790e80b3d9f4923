#include "server/login/wait_on_pool.hpp"

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>

namespace doorward {
namespace {

// What the job and whoever waits for it share. The job may outlive the wait, but `work` is not touched then.
struct Errand {
  enum class State : std::uint8_t { waits, runs, done, given_up };
  explicit Errand(const std::function<void()>& what) : work(what) {}

  // False where the state was another one.
  bool go(State from, State to) {
    {
      const std::lock_guard lock(mutex);
      if (state != from) return false;
      state = to;
    }
    changed.notify_all();
    return true;
  }

  const std::function<void()>& work;
  std::mutex mutex;
  std::condition_variable changed;
  State state = State::waits;
  std::exception_ptr error;
};

// A job that is dropped says so, as at the end of the pool.
class Runner {
 public:
  explicit Runner(std::shared_ptr<Errand> errand) : errand_(std::move(errand)) {}
  Runner(Runner&&) = default;
  Runner& operator=(Runner&&) = delete;
  ~Runner() {
    if (errand_) errand_->go(Errand::State::waits, Errand::State::given_up);
  }

  void operator()() const {
    if (!errand_->go(Errand::State::waits, Errand::State::runs)) return;
    try {
      errand_->work();
    } catch (...) {
      errand_->error = std::current_exception();
    }
    errand_->go(Errand::State::runs, Errand::State::done);
  }

 private:
  std::shared_ptr<Errand> errand_;
};

}  // namespace

bool wait_on(WorkerPool& pool, WorkerPool::Share share, std::string_view realm,
             std::chrono::steady_clock::time_point until, const std::function<void()>& work) {
  using State = Errand::State;
  const auto errand = std::make_shared<Errand>(work);
  if (!pool.post(share, realm, Runner(errand))) return false;
  std::unique_lock lock(errand->mutex);
  errand->changed.wait_until(lock, until, [&] { return errand->state != State::waits; });
  if (errand->state == State::waits) errand->state = State::given_up;
  errand->changed.wait(lock, [&] { return errand->state != State::runs; });
  if (errand->error) std::rethrow_exception(errand->error);
  return errand->state == State::done;
}

}  // namespace doorward
