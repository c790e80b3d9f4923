#pragma once
// The newest changes of the store, kept once for all watches. A watch holds no queue but its place in the
// history, and reads on from there: from here while it keeps up, from the store's history when it is slow, so
// that a slow watcher costs no memory and misses nothing. Safe from any thread.
#include "store/store.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::rest {

// A change and what watches make of it, made when the first one asks and shared by all.
class LoggedChange {
 public:
  explicit LoggedChange(Change change) : change_(std::move(change)) {}

  const Change& change() const { return change_; }
  std::size_t bytes() const { return change_.object.document.size(); }
  ResourceVersion version() const { return change_.version; }
  // The object after the change, as the API shows it. Null for a kind that is not known.
  const nlohmann::json& object() const;
  // The same as text.
  const std::string& text() const;
  // As it was before the change; null where it was not there, or its history is gone.
  const nlohmann::json& before(const Store& store) const;

 private:
  Change change_;
  mutable std::once_flag object_made_, text_made_, before_made_;
  mutable nlohmann::json object_, before_;
  mutable std::string text_;
};

using LoggedChanges = std::vector<std::shared_ptr<const LoggedChange>>;

class ChangeLog {
 public:
  // So many changes, and fewer where their documents take more than that; the newest one always.
  static constexpr std::size_t kept = 1'024;
  static constexpr std::size_t kept_bytes = std::size_t{16} << 20;

  explicit ChangeLog(Store& store);

  // Changes after `version`, oldest first, at most `limit`; `expired` once its history is gone.
  Result<LoggedChanges> after(ResourceVersion version, std::size_t limit) const;

  // Waits until there is a change after `version`, `deadline`, or `stopped` (which wake() makes it look at).
  template <class Stopped>
  void wait(ResourceVersion version, std::chrono::steady_clock::time_point deadline, Stopped stopped) const {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline, [&] { return last_ > version || stopped(); });
  }
  void wake() const;

  const Store& store() const { return store_; }

 private:
  void take(std::span<const Change> changes);

  Store& store_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::deque<std::shared_ptr<const LoggedChange>> newest_;
  std::size_t newest_bytes_ = 0;
  ResourceVersion last_ = 0;
  std::shared_ptr<void> subscription_;  // last: its calls need what is above
};

}  // namespace doorward::rest
