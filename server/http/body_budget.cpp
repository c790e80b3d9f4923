#include "server/http/body_budget.hpp"

#include <malloc.h>

namespace doorward::http {
namespace {

// A body becomes a tree of small pieces, whose memory the allocator would keep for good, in the arena of a
// thread that may never need it again. Looking for it takes some milliseconds: worth it once for each MiB.
constexpr std::size_t trimmed_after = 1 << 20;

}  // namespace

bool BodyBudget::Share::grow(std::size_t bytes) {
  if (!budget_.take(caller_, bytes)) return false;
  bytes_ += bytes;
  return true;
}

bool BodyBudget::take(const std::string& caller, std::size_t bytes) {
  if (bytes == 0) return true;
  const std::lock_guard lock(mutex_);
  const auto known = of_callers_.find(caller);
  const std::size_t so_far = known == of_callers_.end() ? 0 : known->second;
  if (bytes > all_ - taken_ || bytes > each_caller_ - so_far) return false;
  of_callers_[caller] += bytes;
  taken_ += bytes;
  return true;
}

void BodyBudget::give_back(const std::string& caller, std::size_t bytes) {
  if (bytes == 0) return;
  {
    const std::lock_guard lock(mutex_);
    taken_ -= bytes;
    const auto own = of_callers_.find(caller);
    own->second -= bytes;
    if (own->second == 0) of_callers_.erase(own);
    passed_ += bytes;
    if (passed_ < trimmed_after) return;
    passed_ = 0;
  }
  ::malloc_trim(0);
}

std::size_t BodyBudget::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

}  // namespace doorward::http
