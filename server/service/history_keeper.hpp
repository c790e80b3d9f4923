#pragma once
// Forgets old history, so that the database does not grow with every change: the newest changes stay, for
// watches that come back and for lists in pages. look() belongs to the watchman's thread.
#include "store/store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>

namespace doorward {

class HistoryKeeper {
 public:
  static constexpr std::chrono::minutes every{1};

  // What the documents of the changes that are kept may take together, for each of them: ten times what most
  // do. Those from before this process are counted by their number alone.
  static constexpr std::uint64_t bytes_for_each = 10'000;

  HistoryKeeper(Store& store, std::uint64_t kept_changes);

  // Compacts where the last time is long enough ago, and at once where the bytes are too many. What fails is
  // logged, and tried again.
  void look(std::chrono::steady_clock::time_point now);

 private:
  // Changes that follow each other, so that a thousandth of what is kept is forgotten at a time.
  struct Block {
    ResourceVersion last;
    std::uint64_t bytes;
  };

  void take(std::span<const Change> changes);
  // The version up to which the bytes are too many; 0 where they are not.
  ResourceVersion too_many_up_to() const;
  void forget(ResourceVersion version);

  Store& store_;
  const std::uint64_t kept_;
  const std::uint64_t kept_bytes_;
  std::chrono::steady_clock::time_point next_{};
  bool failed_ = false;
  mutable std::mutex mutex_;
  std::deque<Block> blocks_;  // oldest first
  std::uint64_t bytes_ = 0;
  std::shared_ptr<void> subscription_;  // last: its calls need what is above
};

}  // namespace doorward
