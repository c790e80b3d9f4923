#include "server/ops/metrics.hpp"

#include <algorithm>
#include <utility>

namespace doorward::metrics {
namespace {

// Labels of one series for one line; views into `values`.
std::vector<Label> labels_of(const std::vector<LabelName>& names, const std::vector<std::string>& values) {
  std::vector<Label> labels;
  for (std::size_t i = 0; i < names.size(); ++i) labels.push_back({names[i].name, values[i]});
  return labels;
}

}  // namespace

Counters::Counters(Description description)
    : name_(description.name), help_(description.help), series_(std::move(description.labels)) {}

void Counters::add(std::initializer_list<std::string_view> values, std::uint64_t count) {
  series_.cell({values.begin(), values.size()}).count.fetch_add(count, std::memory_order_relaxed);
}

void Counters::collect(Exposition& page) const {
  page.family(name_, Type::counter, help_);
  const auto totals = series_.totals<std::uint64_t>(
      [](std::uint64_t& total, const Cell& cell) { total += cell.count.load(std::memory_order_relaxed); });
  // What has no label is there from the beginning, so that its first increase is seen.
  if (totals.empty() && series_.names().empty()) page.sample({}, std::uint64_t{0});
  for (const auto& [key, total] : totals) page.sample(labels_of(series_.names(), part(key)), total);
}

Durations::Durations(Description description)
    : name_(description.name), help_(description.help), series_(std::move(description.labels)) {}

void Durations::observe(std::initializer_list<std::string_view> values, std::chrono::nanoseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  const auto bucket = static_cast<std::size_t>(std::ranges::lower_bound(bounds, seconds) - bounds.begin());
  Cell& cell = series_.cell({values.begin(), values.size()});
  cell.counts[bucket].fetch_add(1, std::memory_order_relaxed);
  cell.nanoseconds.fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)),
                             std::memory_order_relaxed);
}

void Durations::expect(std::initializer_list<std::string_view> values) {
  series_.cell({values.begin(), values.size()});
}

void Durations::collect(Exposition& page) const {
  struct Total {
    std::array<std::uint64_t, bounds.size() + 1> counts{};
    std::uint64_t nanoseconds = 0;
  };
  page.family(name_, Type::histogram, help_);
  const auto totals = series_.totals<Total>([](Total& total, const Cell& cell) {
    for (std::size_t i = 0; i < cell.counts.size(); ++i) {
      total.counts[i] += cell.counts[i].load(std::memory_order_relaxed);
    }
    total.nanoseconds += cell.nanoseconds.load(std::memory_order_relaxed);
  });
  for (const auto& [key, total] : totals) {
    page.histogram(labels_of(series_.names(), part(key)), bounds, total.counts,
                   static_cast<double>(total.nanoseconds) * 1e-9);
  }
}

void Registry::add(Collector collector) {
  const std::lock_guard lock(mutex_);
  collectors_.push_back(std::move(collector));
}

std::string Registry::scrape(Format format) const {
  const std::lock_guard lock(mutex_);
  Exposition page(format);
  for (const Collector& collector : collectors_) collector(page);
  return std::move(page).finish();
}

}  // namespace doorward::metrics
