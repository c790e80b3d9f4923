#pragma once
// How long a newcomer to a queue of the worker pool will wait, by what the jobs before it took. A queue that
// is bounded by number alone is too long for slow jobs: whoever joins its end is over before its turn comes,
// and all work goes to those who have no time left to use it.
//
// A value; the pool guards it.
#include <algorithm>
#include <chrono>
#include <cstddef>

namespace doorward {

class PoolPace {
 public:
  using Duration = std::chrono::nanoseconds;

  // One job took so long. The last ones count most, so that a stall is forgotten after some ten jobs.
  void ran(Duration took) {
    took = std::max(took, Duration(1));
    mean_ = mean_ == Duration(0) ? took : mean_ + (took - mean_) / 8;
  }

  // Until `waiting` jobs have been begun by `width` workers. None before the first job has run.
  Duration wait(std::size_t waiting, std::size_t width) const {
    return mean_ * static_cast<Duration::rep>(waiting) / static_cast<Duration::rep>(width);
  }

 private:
  Duration mean_{0};
};

}  // namespace doorward
