#include "server/service/history_keeper.hpp"

#include "server/ops/log.hpp"

#include <algorithm>

namespace doorward {

HistoryKeeper::HistoryKeeper(Store& store, std::uint64_t kept_changes)
    : store_(store),
      kept_(kept_changes),
      kept_bytes_(kept_changes * bytes_for_each),
      subscription_(store.subscribe([this](std::span<const Change> changes) { take(changes); })) {}

void HistoryKeeper::take(std::span<const Change> changes) {
  const std::lock_guard lock(mutex_);
  for (const Change& change : changes) {
    const std::uint64_t bytes = change.object.document.size();
    bytes_ += bytes;
    if (blocks_.empty() || blocks_.back().bytes + bytes > kept_bytes_ / 1'000) {
      blocks_.push_back({change.version, bytes});
    } else {
      blocks_.back().last = change.version;
      blocks_.back().bytes += bytes;
    }
  }
}

ResourceVersion HistoryKeeper::too_many_up_to() const {
  const std::lock_guard lock(mutex_);
  ResourceVersion version = 0;
  std::uint64_t left = bytes_;
  for (auto block = blocks_.begin(); block != blocks_.end() && left > kept_bytes_; ++block) {
    version = block->last;
    left -= block->bytes;
  }
  return version;
}

void HistoryKeeper::forget(ResourceVersion version) {
  const std::lock_guard lock(mutex_);
  while (!blocks_.empty() && blocks_.front().last <= version) {
    bytes_ -= blocks_.front().bytes;
    blocks_.pop_front();
  }
}

void HistoryKeeper::look(std::chrono::steady_clock::time_point now) {
  ResourceVersion to = too_many_up_to();
  if (now < next_ && (to == 0 || failed_)) return;
  next_ = now + every;
  const auto version = store_.version();
  if (!version) return;
  if (*version > kept_) to = std::max(to, *version - kept_);
  if (to == 0) return;
  const auto done = store_.compact(to);
  failed_ = !done;
  if (failed_) {
    log::warning("old history cannot be forgotten now", {{"reason", done.error().message}});
  } else {
    forget(to);
  }
}

}  // namespace doorward
