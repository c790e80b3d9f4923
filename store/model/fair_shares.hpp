#pragma once
// What each tenant holds of something that is given back only after a while: reviews under way, calls of a
// plugin. Turns alone would not do there, since whoever comes first may have taken all before another comes,
// and nothing can be taken from him. So some is always kept for whoever comes next: a tenant gets one more
// only while it holds fewer than are free. One alone has half at most, the next one half of what is left, and
// so on.
//
// A value. Its owner guards it.
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace doorward {

class FairShares {
 public:
  // `all`: one at least.
  explicit FairShares(std::size_t all) : all_(all) {}

  bool may_take(std::string_view tenant) const { return held(tenant) < free(); }
  // Also where it may not, as at the end, when nobody shares any more.
  void take(std::string_view tenant) {
    const auto holder = held_.find(tenant);
    ++(holder == held_.end() ? held_.try_emplace(std::string(tenant), 0).first : holder)->second;
    ++taken_;
  }
  // REQUIRES: the tenant holds one
  void give_back(std::string_view tenant) {
    const auto holder = held_.find(tenant);
    --taken_;
    if (--holder->second == 0) held_.erase(holder);
  }

  std::size_t free() const { return taken_ < all_ ? all_ - taken_ : 0; }
  std::size_t held(std::string_view tenant) const {
    const auto holder = held_.find(tenant);
    return holder == held_.end() ? 0 : holder->second;
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  const std::size_t all_;
  std::size_t taken_ = 0;
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> held_;  // nobody who holds nothing
};

}  // namespace doorward
