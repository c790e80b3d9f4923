// Metrics as text, to the byte, in both forms.
#include "server/ops/exposition.hpp"

#include <array>
#include <limits>

#include <gtest/gtest.h>

namespace doorward::metrics {
namespace {

std::string page(Format format) {
  Exposition page(format);
  page.family("doorward_logins", Type::counter, "Logins\nthat \"ended\" \\.");
  const Label labels[] = {{"realm", "a\"b\\c\nd"}, {"outcome", "ok"}};
  page.sample(labels, std::uint64_t{18'446'744'073'709'551'615u});
  page.gauge("doorward_connections", "Open ones.", 3);
  page.family("doorward_time_seconds", Type::histogram, "Time.");
  constexpr std::array<double, 2> bounds{0.25, 1};
  constexpr std::array<std::uint64_t, 3> counts{1, 2, 4};
  page.histogram({}, bounds, counts, 9.5);
  return std::move(page).finish();
}

TEST(Exposition, in_the_text_format_of_prometheus) {
  EXPECT_EQ(page(Format::prometheus), R"(# HELP doorward_logins_total Logins\nthat "ended" \\.
# TYPE doorward_logins_total counter
doorward_logins_total{realm="a\"b\\c\nd",outcome="ok"} 18446744073709551615
# HELP doorward_connections Open ones.
# TYPE doorward_connections gauge
doorward_connections 3.0
# HELP doorward_time_seconds Time.
# TYPE doorward_time_seconds histogram
doorward_time_seconds_bucket{le="0.25"} 1
doorward_time_seconds_bucket{le="1.0"} 3
doorward_time_seconds_bucket{le="+Inf"} 7
doorward_time_seconds_sum 9.5
doorward_time_seconds_count 7
)");
}

TEST(Exposition, in_openmetrics) {
  EXPECT_EQ(page(Format::openmetrics), R"(# HELP doorward_logins Logins\nthat \"ended\" \\.
# TYPE doorward_logins counter
doorward_logins_total{realm="a\"b\\c\nd",outcome="ok"} 18446744073709551615
# HELP doorward_connections Open ones.
# TYPE doorward_connections gauge
doorward_connections 3.0
# HELP doorward_time_seconds Time.
# TYPE doorward_time_seconds histogram
doorward_time_seconds_bucket{le="0.25"} 1
doorward_time_seconds_bucket{le="1.0"} 3
doorward_time_seconds_bucket{le="+Inf"} 7
doorward_time_seconds_sum 9.5
doorward_time_seconds_count 7
# EOF
)");
}

TEST(Exposition, writes_numbers_that_are_none_of_the_usual_ones) {
  const auto shown = [](double value) {
    Exposition page(Format::prometheus);
    page.gauge("g", "", value);
    const std::string text = std::move(page).finish();
    return text.substr(text.rfind(' ') + 1);
  };
  EXPECT_EQ(shown(std::numeric_limits<double>::infinity()), "+Inf\n");
  EXPECT_EQ(shown(-std::numeric_limits<double>::infinity()), "-Inf\n");
  EXPECT_EQ(shown(std::numeric_limits<double>::quiet_NaN()), "NaN\n");
  EXPECT_EQ(shown(1e300), "1e+300\n");
  EXPECT_EQ(shown(-0.5), "-0.5\n");
}

TEST(Exposition, is_chosen_by_what_the_scraper_accepts) {
  const struct {
    const char* accept;
    Format format;
  } cases[] = {
      {"", Format::prometheus},
      {"*/*", Format::prometheus},
      {"text/plain;version=0.0.4", Format::prometheus},
      {"application/openmetrics-text", Format::openmetrics},
      {"application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", Format::openmetrics},
      {"text/plain, application/openmetrics-text ; version=1.0.0 ; q=0.75", Format::openmetrics},
      {"application/openmetrics-text;version=0.0.1", Format::prometheus},
      {"application/openmetrics-text;version=1.0.0;q=0", Format::prometheus},
      {"application/openmetrics-text;q=0.000", Format::prometheus},
      {"application/openmetrics-texts", Format::prometheus},
      {",;,;;q=", Format::prometheus},
  };
  for (const auto& c : cases) EXPECT_EQ(format_of(c.accept), c.format) << c.accept;
}

}  // namespace
}  // namespace doorward::metrics
