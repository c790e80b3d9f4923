#pragma once
// How many token reviews the callers of the REST API have asked for that are not over. One whose caller has
// lost his place and waits no longer still is, so the places of connections do not bound them: without this,
// strangers who come and go while the API server hangs could fill the line in which logins wait, too.
//
// Any thread may call anything.
#include "store/model/fair_shares.hpp"

#include <cstddef>
#include <mutex>
#include <string>

namespace doorward {

class AskedReviews {
 public:
  static constexpr std::size_t at_once = 256;  // as many as requests; a small part of those that may wait

  // False where there is no room; of it, one address has half at most (fair_shares.hpp).
  [[nodiscard]] bool take(const std::string& from) {
    const std::lock_guard lock(mutex_);
    if (!shares_.may_take(from)) return false;
    shares_.take(from);
    return true;
  }
  // REQUIRES: it was taken
  void give_back(const std::string& from) {
    const std::lock_guard lock(mutex_);
    shares_.give_back(from);
  }

 private:
  std::mutex mutex_;
  FairShares shares_{at_once};
};

}  // namespace doorward
