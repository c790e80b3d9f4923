#include "store/disk_pace.hpp"

#include <algorithm>

namespace doorward {

std::optional<DiskPace::LookUp> DiskPace::begin(Patience patience, Clock::time_point now) {
  if (is_overdue(now)) slow_at(now);
  if (patience == Patience::none && slow_.load(std::memory_order_relaxed)) return std::nullopt;
  Rep found = watched_since_.load(std::memory_order_relaxed);
  const bool watched =
      found == nobody && watched_since_.compare_exchange_strong(found, now.time_since_epoch().count(),
                                                                std::memory_order_relaxed);
  return LookUp{.patience = patience, .began = now, .watched = watched};
}

void DiskPace::end(const LookUp& look_up, Clock::time_point now) {
  if (look_up.watched) watched_since_.store(nobody, std::memory_order_relaxed);
  if (now - look_up.began >= slow_from_) {
    slow_at(now);
  } else if (look_up.patience == Patience::some_seconds && slow_.load(std::memory_order_relaxed)) {
    quick_at(now);
  }
}

bool DiskPace::is_overdue(Clock::time_point now) const {
  const Rep since = watched_since_.load(std::memory_order_relaxed);
  return since != nobody && now - Clock::time_point(Clock::duration(since)) >= slow_from_;
}

void DiskPace::slow_at(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  last_slow_ = std::max(last_slow_, now);
  if (!slow_.exchange(true, std::memory_order_relaxed) && told_) told_(true);
}

void DiskPace::quick_at(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (now - last_slow_ < quick_for || is_overdue(now)) return;
  if (slow_.exchange(false, std::memory_order_relaxed) && told_) told_(false);
}

}  // namespace doorward
