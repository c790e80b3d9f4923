#pragma once
// Keeps the issuer's keys current, by a thread of its own: fetched at the start, then now and then, and
// besides when a token names a key that is unknown, which is how a rotation shows. How often strangers'
// tokens can make it do so is bounded. Any thread; nothing waits here but that thread and the constructor.
#include "plugins/oauth/key_set.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

namespace oauth_bridge {

class KeyKeeper {
 public:
  using Clock = std::chrono::steady_clock;
  // Throws a std::exception that says why there are none. Called by one thread at a time.
  using Fetch = std::function<KeySet(std::stop_token)>;
  using Complain = std::function<void(std::string_view)>;  // one line for the log

  struct Pace {
    std::chrono::milliseconds refresh{0};
    std::chrono::milliseconds retry{0};    // after a fetch that failed
    std::chrono::milliseconds keep{0};     // how long a set counts without a newer one
    std::chrono::milliseconds refetch{0};  // between fetches that unknown keys ask for
  };

  struct Held {
    std::shared_ptr<const KeySet> keys;  // null where the last ones are too old to count
    std::string fault;                   // of the last fetch; empty: it went well
  };
  // So many may wait at a time, which leaves the bridge's other calls to those whose keys are known.
  static constexpr std::size_t max_waiters = 100;
  // Called once, from the keeper's thread or from within wait_for_newer().
  using Waiter = std::move_only_function<void(const Held&)>;

  // Fetches once before it returns; throws what `fetch` throws.
  KeyKeeper(Fetch fetch, Pace pace, Complain complain);
  // Ends a fetch that is under way. Whoever still waits is dropped.
  ~KeyKeeper();
  KeyKeeper(const KeyKeeper&) = delete;
  KeyKeeper& operator=(const KeyKeeper&) = delete;

  Held held() const;
  // Tells the waiter what is held after the next fetch; or at once, where one that was asked for like this
  // began less than `refetch` ago and is over, or where too many wait, which is then the fault. `who` is for
  // forget(), and waits for one thing at a time.
  void wait_for_newer(const void* who, Waiter waiter);
  // Drops the waiter, if it has not been called: it is not from then on. It may be under way.
  void forget(const void* who);

 private:
  using Waiters = std::map<const void*, Waiter>;

  void run(const std::stop_token& stop);
  void fetch_once(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  Held held_now() const;  // with the lock

  const Fetch fetch_;
  const Pace pace_;
  const Complain complain_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::shared_ptr<const KeySet> keys_;
  Clock::time_point fetched_at_, next_fetch_;
  std::string fault_;
  bool fetching_ = false;
  bool wanted_ = false;  // by a token, before its time
  std::optional<Clock::time_point> last_wanted_;
  Waiters waiters_;
  std::jthread thread_;  // last: ends before the rest goes
};

}  // namespace oauth_bridge
