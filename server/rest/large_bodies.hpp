#pragma once
// Turns at large bodies: what a body becomes, and the copies of it that a patch and a write take, is many
// times its size, so only some are worked on at once, however many come. A caller has one turn at a time, so
// that nobody takes them all.
//
// Any thread may call anything.
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace doorward::rest {

class LargeBodies {
 public:
  static constexpr std::size_t large = 128u << 10;  // bytes; what is smaller needs no turn

  explicit LargeBodies(std::size_t at_once = 3) : at_once_(at_once) {}

  // Given back when it goes; the LargeBodies outlive it.
  class Turn {
   public:
    Turn(LargeBodies& bodies, std::string caller) : bodies_(bodies), caller_(std::move(caller)) {}
    ~Turn() { bodies_.give_back(caller_); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    LargeBodies& bodies_;
    const std::string caller_;
  };

  // Waits for a turn until `until`; null where there was none by then.
  std::unique_ptr<Turn> take(const std::string& caller, std::chrono::steady_clock::time_point until);

 private:
  void give_back(const std::string& caller);

  const std::size_t at_once_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> callers_;  // of the turns that are taken
};

}  // namespace doorward::rest
