#pragma once
// The series of one family, kept apart for each thread, so that threads which count the same thing share no
// cache line; a scrape adds them up. Any thread may count and collect at any time.
#include "server/ops/label_sets.hpp"
#include "store/model/thread_number.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace doorward::metrics {

// `Cell`: what is counted for one series on one thread. Default-constructible, and its members are atomics,
// since more threads than there are shards share some.
template <class Cell>
class Sharded {
 public:
  explicit Sharded(std::vector<LabelName> names) : labels_(std::move(names)) {}

  // The cell of this thread for these values, one for each name. Lives as long as the family.
  Cell& cell(std::span<const std::string_view> values) {
    Shard& shard = shards_[thread_number() % shards_.size()];
    const std::string key = join(values);
    const std::lock_guard lock(shard.mutex);
    if (const auto found = shard.cells.find(key); found != shard.cells.end()) return found->second;
    // New here, or too many: the bound is that of all threads.
    return shard.cells[labels_.admit(values)];
  }

  // Calls `add(total, cell)` for each cell of each series; answers the totals by join() of their values.
  template <class Total, class Add>
  std::map<std::string, Total> totals(Add add) const {
    std::map<std::string, Total> totals;
    for (const Shard& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      for (const auto& [key, cell] : shard.cells) add(totals[key], cell);
    }
    return totals;
  }

  const std::vector<LabelName>& names() const { return labels_.names(); }

 private:
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, Cell> cells;  // references to its values stay good
  };

  LabelSets labels_;
  std::array<Shard, 16> shards_;
};

}  // namespace doorward::metrics
