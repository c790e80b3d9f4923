#pragma once
// How many address spaces, addresses and users there are in which phase. Counting reads the whole kind, so it
// is done where time is (the watchman), not more often than it is worth, and a scrape gets the last count.
#include "server/ops/exposition.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace doorward {

class ResourceCounts {
 public:
  // One thread at a time, and not an event loop. Counts where the store has changed since, unless the last
  // count took so long that it would be busy with nothing else. An error leaves the last count.
  void refresh(const Store& store);

  // Any thread. Nothing before the first count, which a store of many users takes seconds for.
  void collect(metrics::Exposition& page) const;

 private:
  using Clock = std::chrono::steady_clock;
  using Phases = std::map<std::string, std::uint64_t>;

  ResourceVersion counted_at_ = 0;
  bool counted_ = false;
  Clock::time_point not_before_;
  mutable std::mutex mutex_;
  Phases spaces_, addresses_, users_;
};

}  // namespace doorward
