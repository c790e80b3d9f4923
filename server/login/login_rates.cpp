#include "server/login/login_rates.hpp"

#include <algorithm>

namespace doorward {
namespace {

using Duration = LoginRates::Clock::duration;

// From one login to the next: between what the clock can tell apart and a day. REQUIRES: per_second > 0
Duration interval(double per_second) {
  const std::chrono::duration<double> seconds(std::min(1 / per_second, 86'400.0));
  return std::max(std::chrono::duration_cast<Duration>(seconds), Duration(1));
}

}  // namespace

std::optional<LoginRates::Clock::time_point> LoginRates::admit(std::string_view realm, double per_second,
                                                               Clock::time_point now,
                                                               Clock::duration patience) {
  if (!(per_second > 0)) return std::nullopt;
  const Duration each = interval(per_second);
  const Duration burst = std::max<Duration>(std::chrono::seconds(1), each);
  const std::lock_guard lock(mutex_);
  auto next = next_.find(realm);
  const Clock::time_point after = std::max(next == next_.end() ? now : next->second, now) + each;
  const Clock::time_point when = std::max(now, after - burst);
  if (when - now > patience) return std::nullopt;
  if (next == next_.end()) {
    if (next_.size() >= sweep_at_) {
      std::erase_if(next_, [now](const auto& bucket) { return bucket.second <= now; });
      sweep_at_ = std::max<std::size_t>(64, 2 * next_.size());
    }
    next = next_.try_emplace(std::string(realm)).first;
  }
  next->second = after;
  return when;
}

void LoginRates::give_back(std::string_view realm, double per_second) {
  if (!(per_second > 0)) return;
  const std::lock_guard lock(mutex_);
  if (const auto next = next_.find(realm); next != next_.end()) next->second -= interval(per_second);
}

std::size_t LoginRates::realms() const {
  const std::lock_guard lock(mutex_);
  return next_.size();
}

}  // namespace doorward
