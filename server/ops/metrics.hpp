#pragma once
// What doorward counts and measures, and the one place where it is scraped. Names follow Prometheus'
// conventions, with the prefix `doorward_`; a name without unit or `_total` gets it from the family's type.
//
//   metrics::Counters logins({"doorward_logins", "Logins that ended.", {{"realm", 1'000}, {"outcome"}}});
//   logins.add({realm, outcome});
//   registry.add([&](metrics::Exposition& page) { logins.collect(page); });
#include "server/ops/exposition.hpp"
#include "server/ops/sharded.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace doorward::metrics {

struct Description {
  std::string_view name;  // of the family, without `_total`; these texts must outlive it
  std::string_view help;
  std::vector<LabelName> labels = {};
};

// Monotonic counters, one for each set of label values. add() costs about 100 ns and no shared cache line.
class Counters {
 public:
  explicit Counters(Description description);

  // `values`: one for each label, in their order.
  void add(std::initializer_list<std::string_view> values, std::uint64_t count = 1);
  void collect(Exposition& page) const;

 private:
  struct Cell {
    std::atomic<std::uint64_t> count{0};
  };
  const std::string_view name_, help_;
  Sharded<Cell> series_;
};

// Durations in classic buckets, from 100 microseconds to 10 seconds.
class Durations {
 public:
  static constexpr std::array<double, 16> bounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                 0.05,   0.1,     0.25,   0.5,   1.0,    2.5,   5.0,  10.0};

  explicit Durations(Description description);

  void observe(std::initializer_list<std::string_view> values, std::chrono::nanoseconds duration);
  // The series is there from now on, with nothing in it, so that what is observed first is seen as an
  // increase.
  void expect(std::initializer_list<std::string_view> values);
  void collect(Exposition& page) const;

 private:
  struct Cell {
    std::array<std::atomic<std::uint64_t>, bounds.size() + 1> counts{};
    std::atomic<std::uint64_t> nanoseconds{0};
  };
  const std::string_view name_, help_;
  Sharded<Cell> series_;
};

class Registry {
 public:
  // Writes one or several whole families. Called at each scrape, one at a time, on the scraping thread.
  using Collector = std::function<void(Exposition&)>;

  void add(Collector collector);
  // Whatever the collectors use must outlive the last scrape.
  std::string scrape(Format format) const;

 private:
  mutable std::mutex mutex_;
  std::vector<Collector> collectors_;
};

}  // namespace doorward::metrics
