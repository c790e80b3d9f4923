#pragma once
// Holds back the logins of a realm to the rate that its plan allows (`logins-per-second`): one second's worth
// may come at once, and whoever comes faster is let in by that rate, in the order of arrival. Nobody is held
// back by the logins of another realm, nor by strangers: who comes has proved who he is. Counting whoever
// comes would let strangers use up what a realm has, and turns by name would not help, since names can be
// made up without end.
//
// A realm's bucket is one point in time, the one for which its next login has its place, and the rate by
// which it came there. Shared by all loops, by a lock that is held for a lookup. Time is given to it: a clock
// that does not jump.
#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace doorward {

class LoginRates {
 public:
  using Clock = std::chrono::steady_clock;

  // When a login that comes now may go on; nothing where that would be later than `patience` from now, and
  // then it takes no place. Nobody may at a rate of 0.
  std::optional<Clock::time_point> admit(std::string_view realm, double per_second, Clock::time_point now,
                                         Clock::duration patience);
  // One that was to go on later has gone before: whoever comes next has its place.
  void give_back(std::string_view realm);

  // That have a place for somebody who comes later, or had when it was last looked at.
  std::size_t realms() const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  struct Bucket {
    // How long the places that are taken last from now on, by a rate of one for each `each_now`.
    Clock::duration ahead_of(Clock::time_point now, Clock::duration each_now) const;

    Clock::time_point next;
    Clock::duration each;
  };

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Bucket, Hash, std::equal_to<>> buckets_;
  std::size_t sweep_at_ = 64;  // realms; those that hold nobody back are forgotten then
};

}  // namespace doorward
