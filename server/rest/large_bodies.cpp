#include "server/rest/large_bodies.hpp"

namespace doorward::rest {

std::unique_ptr<LargeBodies::Turn> LargeBodies::take(const std::string& caller,
                                                     std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  const bool free = changed_.wait_until(
      lock, until, [&] { return callers_.size() < at_once_ && !callers_.contains(caller); });
  if (!free) return nullptr;
  callers_.insert(caller);
  return std::make_unique<Turn>(*this, caller);
}

void LargeBodies::give_back(const std::string& caller) {
  {
    const std::lock_guard lock(mutex_);
    callers_.erase(caller);
  }
  changed_.notify_all();
}

}  // namespace doorward::rest
