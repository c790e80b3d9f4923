#pragma once
// Which login a plugin is asked about next. Calls wait in the line of their realm, and the realms of a
// service take turns, so that a storm in one of its address spaces holds up no other. As many calls as the
// plugin may leave unanswered have a place; those beyond wait for one.
//
// A value without clock and thread; the bridge guards it.
#include "plugins/doorward_plugin.h"
#include "store/model/fair_queue.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace doorward::plugins {

class CallTurns {
 public:
  using Job = std::move_only_function<void()>;
  // In the line of its realm. An exchange that has begun is brought to its end before the next one begins:
  // else all would wait in the line once more for each message, and those that are nearly through with them.
  enum class Place : std::uint8_t { first, last };
  struct Bounds {
    std::size_t waiting;     // calls, over all realms
    std::size_t unanswered;  // that the plugin has
  };

  explicit CallTurns(Bounds bounds) : bounds_(bounds) {}

  bool full() const { return calls_.size() >= bounds_.waiting; }
  std::size_t waiting() const { return calls_.size(); }

  // REQUIRES: !full()
  void wait(std::string_view realm, Place place, doorward_ticket ticket, Job job) {
    if (place == Place::first) {
      calls_.push_first(realm, {ticket, std::move(job)});
    } else {
      calls_.push(realm, {ticket, std::move(job)});
    }
  }
  // The call goes no more; false where its turn has come.
  bool leave(std::string_view realm, doorward_ticket ticket) {
    return calls_.erase_first(realm, [ticket](const Waiting& each) { return each.ticket == ticket; });
  }

  // Whether a call may be made now.
  bool may_call() const { return !calls_.empty() && (unbounded_ || taken_ < bounds_.unanswered); }
  // The one whose turn it is; it takes a place. REQUIRES: may_call()
  Job next() {
    ++taken_;
    return calls_.pop().job;
  }
  void give_place_back() { --taken_; }
  // At the end calls are dropped and not made: none waits for a place.
  void drop_bound() { unbounded_ = true; }

 private:
  struct Waiting {
    doorward_ticket ticket;
    Job job;
  };

  const Bounds bounds_;
  FairQueue<Waiting> calls_;
  std::size_t taken_ = 0;
  bool unbounded_ = false;
};

}  // namespace doorward::plugins
