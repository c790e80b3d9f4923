#pragma once
// When each unanswered call of a bridge is over: one time for each, first that by which its turn must have
// come, then that by which the plugin must have answered. Nothing is kept of a call that was answered.
//
// A value without a clock; the bridge guards it.
#include "plugins/doorward_plugin.h"

#include <chrono>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

namespace doorward::plugins {

// `Call` is what is found again by a ticket.
template <class Call>
class Deadlines {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Due {
    doorward_ticket ticket;
    Call call;
  };

  bool empty() const { return by_time_.empty(); }
  // The first of them. REQUIRES: !empty()
  Time first() const { return by_time_.begin()->first.first; }

  void add(doorward_ticket ticket, Time at, Call call) {
    by_time_.emplace(std::pair(at, ticket), std::move(call));
    times_.emplace(ticket, at);
  }
  // No-op where it is over.
  void move(doorward_ticket ticket, Time at) {
    const auto known = times_.find(ticket);
    if (known == times_.end()) return;
    auto entry = by_time_.extract({known->second, ticket});
    entry.key().first = known->second = at;
    by_time_.insert(std::move(entry));
  }
  void remove(doorward_ticket ticket) {
    const auto known = times_.extract(ticket);
    if (!known.empty()) by_time_.erase({known.mapped(), ticket});
  }
  // The first one that is over by `now`, and it is so no more.
  std::optional<Due> take_due(Time now) {
    if (empty() || first() > now) return std::nullopt;
    auto entry = by_time_.extract(by_time_.begin());
    times_.erase(entry.key().second);
    return Due{entry.key().second, std::move(entry.mapped())};
  }

 private:
  std::map<std::pair<Time, doorward_ticket>, Call> by_time_;
  std::unordered_map<doorward_ticket, Time> times_;
};

}  // namespace doorward::plugins
