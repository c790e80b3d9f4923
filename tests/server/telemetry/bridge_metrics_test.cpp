// Bridges as a scrape sees them.
#include "server/telemetry/bridge_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string text_of(const BridgeMetrics& measured, const std::vector<BridgeMetrics::State>& states = {}) {
  metrics::Exposition page(metrics::Format::prometheus);
  measured.collect(states, page);
  return std::move(page).finish();
}

TEST(BridgeMetrics, count_and_time_answers_by_service_and_verdict) {
  BridgeMetrics metrics;
  metrics.answered({"infra", "ldap"}, plugins::Verdict::accepted, std::chrono::milliseconds(3));
  metrics.answered({"infra", "ldap"}, plugins::Verdict::unavailable, std::chrono::seconds(5));
  const std::string text = text_of(metrics);
  for (
      const char* line : {
          R"(doorward_bridge_calls_total{authentication_service="infra/ldap",verdict="accepted"} 1)",
          R"(doorward_bridge_calls_total{authentication_service="infra/ldap",verdict="unavailable"} 1)",
          R"(doorward_bridge_call_duration_seconds_bucket{authentication_service="infra/ldap",le="0.005"} 1)",
          R"(doorward_bridge_call_duration_seconds_count{authentication_service="infra/ldap"} 2)",
      }) {
    EXPECT_THAT(text, HasSubstr(std::string("\n") + line + "\n"));
  }
}

TEST(BridgeMetrics, say_which_bridges_are_up) {
  const std::string text =
      text_of(BridgeMetrics(), {{.service = "infra/ldap", .up = true, .counts = {.timed_out = 7}},
                                {.service = "infra/relay", .up = false, .counts = {.unanswered = 2}}});
  for (const char* line : {
           R"(doorward_bridge_up{authentication_service="infra/ldap"} 1)",
           R"(doorward_bridge_up{authentication_service="infra/relay"} 0)",
           R"(doorward_bridge_calls_timed_out_total{authentication_service="infra/ldap"} 7)",
           R"(doorward_bridge_calls_unanswered{authentication_service="infra/relay"} 2)",
       }) {
    EXPECT_THAT(text, HasSubstr(std::string("\n") + line + "\n"));
  }
}

TEST(BridgeMetrics, show_those_that_are_too_many_as_one_that_is_up_while_all_are) {
  std::vector<BridgeMetrics::State> states;
  for (std::size_t i = 1; i <= BridgeMetrics::max_services; ++i)
    states.push_back({.service = "n/s" + std::to_string(i), .up = true, .counts = {.bad_answers = 1}});
  EXPECT_THAT(text_of(BridgeMetrics(), states), Not(HasSubstr("\"other\"")));
  for (const char* name : {"n/more1", "n/more2"})
    states.push_back({.service = name, .up = true, .counts = {.bad_answers = 1}});
  EXPECT_THAT(text_of(BridgeMetrics(), states),
              HasSubstr("doorward_bridge_bad_answers_total{authentication_service=\"other\"} 2\n"));
  EXPECT_THAT(text_of(BridgeMetrics(), states),
              HasSubstr("doorward_bridge_up{authentication_service=\"other\"} 1\n"));
  states.back().up = false;
  EXPECT_THAT(text_of(BridgeMetrics(), states),
              HasSubstr("doorward_bridge_up{authentication_service=\"other\"} 0\n"));
  EXPECT_THAT(text_of(BridgeMetrics(), states), Not(HasSubstr("n/more")));
}

}  // namespace
}  // namespace doorward
