#pragma once
// Forgets old history, so that the database does not grow with every change: the newest changes stay, for
// watches that come back and for lists in pages. Belongs to the watchman's thread.
#include "store/store.hpp"

#include <chrono>
#include <cstdint>

namespace doorward {

class HistoryKeeper {
 public:
  static constexpr std::chrono::minutes every{1};

  HistoryKeeper(Store& store, std::uint64_t kept_changes) : store_(store), kept_(kept_changes) {}

  // Compacts where the last time is long enough ago. What fails is logged, and tried again.
  void look(std::chrono::steady_clock::time_point now);

 private:
  Store& store_;
  const std::uint64_t kept_;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace doorward
