#include "server/ops/exposition.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace doorward::metrics {
namespace {

std::string_view to_string(Type type) {
  switch (type) {
    case Type::counter:
      return "counter";
    case Type::gauge:
      return "gauge";
    case Type::histogram:
      break;
  }
  return "histogram";
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '\\' || (quotes && c == '"')) out += '\\';
      out += c;
    }
  }
}

// As both formats read it, and OpenMetrics wants for `le`: whole numbers with `.0`.
std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Calls `see` with each part between separators.
template <class See>
void split(std::string_view text, char separator, See see) {
  while (true) {
    const std::size_t end = text.find(separator);
    see(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string_view content_type(Format format) {
  return format == Format::openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                       : "text/plain; version=0.0.4; charset=utf-8";
}

// Accept = media-range *( ";" parameter ) *( "," ... ) (RFC 9110, section 12.5.1)
Format format_of(std::string_view accept) {
  Format format = Format::prometheus;
  split(accept, ',', [&](std::string_view range) {
    bool openmetrics = false, version = true, wanted = true, first = true;
    split(range, ';', [&](std::string_view part) {
      if (std::exchange(first, false)) openmetrics = part == "application/openmetrics-text";
      if (part.starts_with("version=")) version = part == "version=1.0.0";
      if (part.starts_with("q=")) wanted = part.find_first_of("123456789") != std::string_view::npos;
    });
    if (openmetrics && version && wanted) format = Format::openmetrics;
  });
  return format;
}

void Exposition::family(std::string_view name, Type type, std::string_view help) {
  name_ = name;
  type_ = type;
  std::string shown = name_;
  // OpenMetrics names the family, Prometheus its samples.
  if (type == Type::counter && format_ == Format::prometheus) shown += "_total";
  text_ += "# HELP " + shown + " ";
  append_escaped(text_, help, format_ == Format::openmetrics);
  text_ += "\n# TYPE " + shown + " ";
  text_ += to_string(type);
  text_ += '\n';
}

void Exposition::line(std::string_view suffix, Labels labels, std::string_view more_name,
                      std::string_view more_value, std::string_view value) {
  text_ += name_;
  text_ += suffix;
  char separator = '{';
  const auto add = [&](std::string_view name, std::string_view content) {
    text_ += std::exchange(separator, ',');
    text_ += name;
    text_ += "=\"";
    append_escaped(text_, content, true);
    text_ += '"';
  };
  for (const Label& label : labels) add(label.name, label.value);
  if (!more_name.empty()) add(more_name, more_value);
  if (separator == ',') text_ += '}';
  text_ += ' ';
  text_ += value;
  text_ += '\n';
}

void Exposition::sample(Labels labels, std::uint64_t value) {
  line(type_ == Type::counter ? "_total" : "", labels, {}, {}, std::to_string(value));
}

void Exposition::sample(Labels labels, double value) {
  line(type_ == Type::counter ? "_total" : "", labels, {}, {}, number(value));
}

void Exposition::histogram(Labels labels, std::span<const double> bounds,
                           std::span<const std::uint64_t> counts, double sum) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    count += counts[i];
    line("_bucket", labels, "le", number(bounds[i]), std::to_string(count));
  }
  count += counts[bounds.size()];
  line("_bucket", labels, "le", "+Inf", std::to_string(count));
  line("_sum", labels, {}, {}, number(sum));
  line("_count", labels, {}, {}, std::to_string(count));
}

void Exposition::gauge(std::string_view name, std::string_view help, double value) {
  family(name, Type::gauge, help);
  sample({}, value);
}

void Exposition::counter(std::string_view name, std::string_view help, std::uint64_t value) {
  family(name, Type::counter, help);
  sample({}, value);
}

std::string Exposition::finish() && {
  if (format_ == Format::openmetrics) text_ += "# EOF\n";
  return std::move(text_);
}

}  // namespace doorward::metrics
