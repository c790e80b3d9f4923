#pragma once
// Whether look-ups of users are slow, as the store tells it (DiskPace): a line in the log when that begins
// and when it ends, and a metric. Any thread. Outlives the store.
#include "server/ops/metrics.hpp"

#include <atomic>

namespace doorward {

class StorePace {
 public:
  void turn(bool slow);
  void collect(metrics::Exposition& page) const;

 private:
  std::atomic<bool> slow_{false};
};

}  // namespace doorward
