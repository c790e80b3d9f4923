#pragma once
// Many users in many realms, as bench_fill makes them and bench_load chooses among them: user i is `u<i>` of
// the realm `bench-s<i modulo realms>`.
#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace doorward::bench {

inline constexpr std::string_view population_namespace = "bench";
inline constexpr std::string_view population_password = "bench-password";

inline std::string space_name(std::size_t realm) { return "s" + std::to_string(realm); }
inline std::string user_name(std::size_t user) { return "u" + std::to_string(user); }

// Who logs in next, the same for each run.
class Population {
 public:
  // `zipf`: the user of rank k logs in 1/k times as often as the first; else all as often as each other.
  Population(std::size_t users, std::size_t realms, bool zipf) : users_(users), realms_(realms) {
    if (!zipf) return;
    double sum = 0;
    for (std::size_t rank = 1; rank <= users; ++rank)
      up_to_.push_back(sum += 1.0 / static_cast<double>(rank));
  }

  // Realm and user.
  std::pair<std::string, std::string> next() {
    const std::size_t user = choose();
    return {std::string(population_namespace) + "-" + space_name(user % realms_), user_name(user)};
  }

 private:
  std::size_t choose() {
    if (up_to_.empty()) return std::uniform_int_distribution<std::size_t>(0, users_ - 1)(random_);
    const double point = std::uniform_real_distribution<double>(0, up_to_.back())(random_);
    return std::min(static_cast<std::size_t>(std::ranges::lower_bound(up_to_, point) - up_to_.begin()),
                    users_ - 1);
  }

  const std::size_t users_;
  const std::size_t realms_;
  std::vector<double> up_to_;  // of the ranks up to each; empty: uniform
  std::mt19937_64 random_{1};
};

}  // namespace doorward::bench
