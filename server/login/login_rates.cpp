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
  auto found = buckets_.find(realm);
  const Duration ahead = found == buckets_.end() ? Duration(0) : found->second.ahead_of(now, each);
  const Clock::time_point after = now + ahead + each;
  const Clock::time_point when = std::max(now, after - burst);
  if (when - now > patience) return std::nullopt;
  if (found == buckets_.end()) {
    if (buckets_.size() >= sweep_at_) {
      std::erase_if(buckets_, [now](const auto& bucket) { return bucket.second.next <= now; });
      sweep_at_ = std::max<std::size_t>(64, 2 * buckets_.size());
    }
    found = buckets_.try_emplace(std::string(realm)).first;
  }
  found->second = {.next = after, .each = each};
  return when;
}

void LoginRates::give_back(std::string_view realm) {
  const std::lock_guard lock(mutex_);
  if (const auto found = buckets_.find(realm); found != buckets_.end())
    found->second.next -= found->second.each;
}

// The places that are taken stay taken when the plan changes, and last as long as the new rate says.
LoginRates::Clock::duration LoginRates::Bucket::ahead_of(Clock::time_point now,
                                                         Clock::duration each_now) const {
  if (next <= now) return {};
  if (each == each_now) return next - now;
  const double places = static_cast<double>((next - now).count()) / static_cast<double>(each.count());
  constexpr std::chrono::duration<double> forever = std::chrono::years(100);  // which the clock can tell
  return std::chrono::duration_cast<Duration>(
      std::min(places * std::chrono::duration<double>(each_now), forever));
}

std::size_t LoginRates::realms() const {
  const std::lock_guard lock(mutex_);
  return buckets_.size();
}

}  // namespace doorward
