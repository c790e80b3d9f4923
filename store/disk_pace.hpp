#pragma once
// Whether the disk answers look-ups of users fast enough for event loops. A loop looks up by itself, since
// that takes microseconds; where the disk hangs it would hold up everybody on that loop. So each look-up is
// timed, and after a slow one, or while one is overdue, those without patience are refused and their logins
// go to the workers: until none has been slow for a while and a worker's was quick. So workers try whether
// the disk is back, and no loop does.
//
// Any thread. A look-up costs a few relaxed atomic operations, beside the two times that it is given.
#include "store/store.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace doorward {

class DiskPace {
 public:
  using Clock = std::chrono::steady_clock;
  // More than a working disk takes for the few pages of a look-up, or a busy machine to let a thread go on;
  // little of the time that a login has.
  static constexpr std::chrono::milliseconds usual_slow_from{50};
  // A disk that hangs only for some pages is quick in between. To leave look-ups to the workers costs some
  // ten microseconds each, so that nothing is lost by doing so for longer than needed.
  static constexpr std::chrono::seconds quick_for{30};

  // Called when look-ups become slow (true) and when they are quick again (false), in order and under a lock:
  // must be brief and must not look up.
  using Told = std::function<void(bool slow)>;
  explicit DiskPace(Told told, std::chrono::nanoseconds slow_from = usual_slow_from)
      : told_(std::move(told)), slow_from_(slow_from) {}

  struct LookUp {
    Patience patience;
    Clock::time_point began;
    bool watched;
  };
  // A look-up that ends with end(); nothing where it has no patience and might have to wait.
  std::optional<LookUp> begin(Patience patience, Clock::time_point now);
  void end(const LookUp& look_up, Clock::time_point now);

 private:
  using Rep = Clock::rep;
  static constexpr Rep nobody = Clock::time_point::min().time_since_epoch().count();

  bool is_overdue(Clock::time_point now) const;
  void slow_at(Clock::time_point now);
  void quick_at(Clock::time_point now);

  const Told told_;
  const std::chrono::nanoseconds slow_from_;
  std::atomic<bool> slow_{false};
  // When the look-up began that is watched while it runs: one at a time, which is enough, since a disk that
  // hangs gets hold of the next one that is.
  std::atomic<Rep> watched_since_{nobody};
  std::mutex mutex_;             // of turns, and of:
  Clock::time_point last_slow_;  // a look-up ended that was, or was seen to be
};

}  // namespace doorward
