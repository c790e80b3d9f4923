#pragma once
// Which login a plugin is asked about next. Calls wait in the line of their realm, and the realms of a
// service take turns, so that a storm in one of its address spaces holds up no other. As many calls as the
// plugin may leave unanswered have a place, and as many are made at a time as there are workers; those beyond
// wait. Calls may last, so no realm has all places or workers, but half at most (fair_shares.hpp).
//
// A value without clock and thread; the bridge guards it.
#include "plugins/doorward_plugin.h"
#include "store/model/fair_queue.hpp"
#include "store/model/fair_shares.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
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
    std::size_t workers;     // calls that are made at a time
  };
  struct Turn {
    std::string realm;
    Job job;
  };

  explicit CallTurns(Bounds bounds) : bounds_(bounds), places_(bounds.unanswered), workers_(bounds.workers) {}

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
  bool may_call() const {
    if (unbounded_) return !calls_.empty();
    return places_.free() > 0 && workers_.free() > 0 &&
           calls_.has_where([this](std::string_view realm) { return may_call(realm); });
  }
  // The one whose turn it is; it takes a place and a worker. REQUIRES: may_call()
  Turn next() {
    auto [realm, call] =
        std::move(*calls_.pop_where([this](std::string_view name) { return may_call(name); }));
    places_.take(realm);
    workers_.take(realm);
    return {std::move(realm), std::move(call.job)};
  }
  // It has been answered, or ended otherwise.
  void give_place_back(std::string_view realm) { places_.give_back(realm); }
  // The plugin's function has returned.
  void give_worker_back(std::string_view realm) { workers_.give_back(realm); }
  // At the end calls are dropped and not made: none waits for a place.
  void drop_bound() { unbounded_ = true; }

 private:
  struct Waiting {
    doorward_ticket ticket;
    Job job;
  };

  bool may_call(std::string_view realm) const {
    return unbounded_ || (places_.may_take(realm) && workers_.may_take(realm));
  }

  const Bounds bounds_;
  FairQueue<Waiting> calls_;
  FairShares places_, workers_;
  bool unbounded_ = false;
};

}  // namespace doorward::plugins
