#include "policies/plan_limits.hpp"

#include <array>
#include <charconv>

namespace doorward {
namespace {

constexpr double lost_in_adding = 1e-9;  // relative to the limit
constexpr std::string_view aggregate = "aggregate";

}  // namespace

std::string amount_text(double amount) {
  std::array<char, 64> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), amount, std::chars_format::general, 6);
  return {text.data(), end.ptr};
}

std::optional<std::string> Allowance::take(const Amounts& amounts) {
  Amounts wanted = amounts;
  double all = 0;
  for (const auto& [name, amount] : amounts) {
    if (name != aggregate) all += amount;
  }
  wanted[std::string(aggregate)] += all;
  for (const auto& [name, amount] : wanted) {
    const auto limit = limits_.find(name);
    if (limit == limits_.end() || amount <= 0) continue;
    const auto taken = taken_.find(name);
    const double so_far = taken == taken_.end() ? 0 : taken->second;
    if (so_far + amount <= limit->second * (1 + lost_in_adding)) continue;
    return amount_text(limit->second) + " of " + name + ", of which " + std::to_string(times_) +
           " addresses have " + amount_text(so_far) + ", and this one needs " + amount_text(amount);
  }
  for (const auto& [name, amount] : wanted) taken_[name] += amount;
  ++times_;
  return std::nullopt;
}

std::optional<std::string> Allowance::take(Amounts amounts, std::size_t times) {
  for (auto& [name, amount] : amounts) amount *= static_cast<double>(times);
  auto too_little = take(amounts);
  if (!too_little) times_ += times - 1;
  return too_little;
}

}  // namespace doorward
