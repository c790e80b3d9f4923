#pragma once
// Keeps what was counted once up to date by the history since. Owned by who counts, and called under his
// lock.
#include "store/store.hpp"

#include <cstddef>

namespace doorward::resources {

class HistoryFollower {
 public:
  // Changes that are read one by one; after more of them it is quicker to count anew.
  static constexpr ResourceVersion max_behind = 10'000;

  ResourceVersion version() const { return version_; }  // of all that is kept

  // Calls `take` with each change since; where that is too many, or nothing is kept, it forgets and is at the
  // store's version at once. False, and all is forgotten: the history cannot be read, or is gone.
  template <class Forget, class Take>
  bool catch_up(const Store& store, bool nothing_kept, Forget forget, Take take) {
    constexpr std::size_t page = 1'000;
    const auto now = store.version();
    if (now && (nothing_kept || *now < version_ || *now - version_ > max_behind)) {
      forget();
      version_ = *now;
    }
    while (now && version_ < *now) {
      const auto changes = store.changes_after(version_, page);
      if (!changes || changes->empty()) break;
      for (const Change& change : *changes) {
        version_ = change.version;
        take(change);
      }
    }
    if (now && version_ >= *now) return true;
    forget();
    return false;
  }

 private:
  ResourceVersion version_ = 0;
};

}  // namespace doorward::resources
