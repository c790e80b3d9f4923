#pragma once
// Metrics as text for one scrape, in the form that the scraper asked for: Prometheus' text format 0.0.4 or
// OpenMetrics 1.0. Belongs to the scrape that made it.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace doorward::metrics {

enum class Format : std::uint8_t { prometheus, openmetrics };
// For the header field Content-Type.
std::string_view content_type(Format format);
// What the header field Accept asks for: OpenMetrics 1.0 where it is named with a weight above zero.
Format format_of(std::string_view accept);

enum class Type : std::uint8_t { counter, gauge, histogram };

struct Label {
  std::string_view name;
  std::string_view value;
};
using Labels = std::span<const Label>;

class Exposition {
 public:
  explicit Exposition(Format format) : format_(format) {}

  // Begins a family; its samples follow. The name is without `_total`, which a counter's samples get. A
  // family must come once, whole.
  void family(std::string_view name, Type type, std::string_view help);
  void sample(Labels labels, std::uint64_t value);
  void sample(Labels labels, double value);
  // `counts[i]`: observations up to `bounds[i]` and above `bounds[i-1]`; the last one, behind all bounds, has
  // the rest.
  void histogram(Labels labels, std::span<const double> bounds, std::span<const std::uint64_t> counts,
                 double sum);

  // A gauge of one sample.
  void gauge(std::string_view name, std::string_view help, double value);
  // A counter of one sample.
  void counter(std::string_view name, std::string_view help, std::uint64_t value);

  std::string finish() &&;

 private:
  void line(std::string_view suffix, Labels labels, std::string_view more_name, std::string_view more_value,
            std::string_view value);

  const Format format_;
  Type type_ = Type::gauge;
  std::string name_;
  std::string text_;
};

}  // namespace doorward::metrics
