#include "server/login/worker_pool.hpp"

#include "store/model/fair_queue.hpp"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <sys/resource.h>
#include <thread>
#include <utility>
#include <vector>

namespace doorward {
namespace {

// Below that of the event loops, to which each login owes its steps: one step takes microseconds, one
// password milliseconds. Where CPU is short passwords still have a quarter of it.
constexpr int nicer_for_passwords = 5;
// And below that: beside passwords of logins those of users that are written have a quarter of what they
// have.
constexpr int nicer_for_writes = 10;

int nicer_for(WorkerPool::Share share) {
  if (share == WorkerPool::Share::reads) return 0;
  return share == WorkerPool::Share::writes ? nicer_for_writes : nicer_for_passwords;
}

// Of the calling thread alone, as Linux has it (setpriority(2), "BUGS"). That it may not be lowered harms
// nobody.
void lower_priority(int by) {
  errno = 0;
  const int now = ::getpriority(PRIO_PROCESS, 0);
  if (errno == 0) ::setpriority(PRIO_PROCESS, 0, now + by);
}

}  // namespace

// The workers of one share, and what waits for them.
class WorkerPool::Crew {
 public:
  struct Settings {
    Share share;
    std::size_t width;  // workers
    std::size_t queue_bound;
    std::chrono::nanoseconds patience;
    Waited waited;  // may be empty
  };

  explicit Crew(Settings settings) : settings_(std::move(settings)) {
    for (std::size_t i = 0; i < settings_.width; ++i) threads_.emplace_back([this] { work(); });
  }

  ~Crew() {
    close();  // before the workers are waited for: what runs may wait for what is dropped
    threads_.clear();
  }

  void close() {
    FairQueue<Waiting> dropped;  // what it owns goes outside of the lock
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      std::swap(dropped, waiting_);
    }
    wake_.notify_all();
  }

  bool post(std::string_view realm, Job job, std::stop_token gone, Job too_late) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || waiting_.size() >= settings_.queue_bound) {
        ++refused_;
        return false;
      }
      waiting_.push(realm, {std::move(job), std::move(gone), std::move(too_late), Clock::now()});
    }
    wake_.notify_one();
    return true;
  }

  std::uint64_t refused() const {
    const std::lock_guard lock(mutex_);
    return refused_;
  }
  std::size_t queued() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    Job job;
    std::stop_token gone;
    Job too_late;  // may be empty
    Clock::time_point since;
  };

  void work() {
    if (const int by = nicer_for(settings_.share); by > 0) lower_priority(by);
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
      if (closed_) return;
      std::optional<Waiting> next = waiting_.pop();
      const auto waited = Clock::now() - next->since;
      const bool late = waited > settings_.patience && !next->gone.stop_requested();
      refused_ += late;
      lock.unlock();
      if (settings_.waited) settings_.waited(settings_.share, waited);
      if (late) {
        if (next->too_late) next->too_late();
      } else if (!next->gone.stop_requested()) {
        next->job();
      }
      next.reset();  // what it owned goes outside of the lock
      lock.lock();
    }
  }

  const Settings settings_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool closed_ = false;
  FairQueue<Waiting> waiting_;
  std::uint64_t refused_ = 0;
  std::vector<std::jthread> threads_;
};

WorkerPool::WorkerPool(std::size_t threads, std::size_t queue_bound, std::chrono::nanoseconds patience,
                       Waited waited) {
  const std::size_t width = std::max<std::size_t>(threads, 1);
  for (const Share share : {Share::reads, Share::passwords, Share::unknown_realms, Share::writes}) {
    const bool strangers = share == Share::unknown_realms;
    const bool writes = share == Share::writes;  // whoever writes says himself how long he waits
    crews_[std::to_underlying(share)] = std::make_unique<Crew>(Crew::Settings{
        .share = share,
        .width = strangers ? 1 : width,
        .queue_bound = strangers ? std::min(queue_bound, unknown_realms_queue_bound) : queue_bound,
        .patience = writes ? std::chrono::nanoseconds::max() : patience,
        .waited = waited});
  }
}

WorkerPool::~WorkerPool() = default;

bool WorkerPool::post(Share share, std::string_view realm, Job job, std::stop_token gone, Job too_late) {
  return crews_[std::to_underlying(share)]->post(realm, std::move(job), std::move(gone), std::move(too_late));
}

void WorkerPool::close(Share share) { crews_[std::to_underlying(share)]->close(); }

std::uint64_t WorkerPool::refused() const {
  std::uint64_t count = 0;
  for (const auto& crew : crews_) count += crew->refused();
  return count;
}

std::size_t WorkerPool::queued() const {
  std::size_t count = 0;
  for (const auto& crew : crews_) count += crew->queued();
  return count;
}

}  // namespace doorward
