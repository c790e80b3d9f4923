// Logins as metrics, and that nobody can make series by what he sends.
#include "server/ops/login_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::HasSubstr;
using testing::Not;

LoginFact fact(std::string realm, bool known = true) {
  return {.realm = std::move(realm),
          .realm_known = known,
          .mechanism = "PLAIN",
          .mechanism_known = true,
          .service_type = ServiceType::standard,
          .outcome = SaslCode::ok,
          .reason = LoginReason::accepted,
          .duration = std::chrono::milliseconds(2)};
}

std::string text_of(const LoginMetrics& metrics) {
  metrics::Exposition page(metrics::Format::prometheus);
  metrics.collect(page);
  return std::move(page).finish();
}

TEST(LoginMetrics, say_where_how_and_how_long) {
  LoginMetrics metrics;
  metrics.count(fact("team1-shop"));
  LoginFact refused = fact("team1-shop");
  refused.outcome = SaslCode::auth;
  refused.reason = LoginReason::wrong_password;
  metrics.count(refused);
  LoginFact aborted = fact("team1-shop");
  aborted.outcome.reset();
  aborted.reason = LoginReason::timed_out;
  metrics.count(aborted);
  const std::string text = text_of(metrics);
  for (const char* outcome : {"ok", "auth", "aborted"}) {
    EXPECT_THAT(text, HasSubstr("doorward_logins_total{realm=\"team1-shop\",mechanism=\"PLAIN\",service_type="
                                "\"standard\",outcome=\"" +
                                std::string(outcome) + "\"} 1\n"));
  }
  EXPECT_THAT(text, HasSubstr("doorward_login_reasons_total{reason=\"wrong_password\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("doorward_login_duration_seconds_bucket{mechanism=\"PLAIN\",outcome=\"ok\","
                              "le=\"0.0025\"} 1\n"));
}

TEST(LoginMetrics, of_what_was_made_up_are_one_series) {
  LoginMetrics metrics;
  for (int i = 0; i < 1'000; ++i) {
    LoginFact made_up = fact("made-up-" + std::to_string(i), false);
    made_up.mechanism = "X-" + std::to_string(i);
    made_up.mechanism_known = false;
    made_up.service_type.reset();
    metrics.count(made_up);
  }
  const std::string text = text_of(metrics);
  EXPECT_THAT(
      text,
      HasSubstr("{realm=\"other\",mechanism=\"other\",service_type=\"unknown\",outcome=\"ok\"} 1000\n"));
  EXPECT_THAT(text, Not(HasSubstr("made-up")));
  EXPECT_THAT(text, Not(HasSubstr("X-")));
}

TEST(LoginMetrics, of_more_realms_than_the_bound_are_other) {
  LoginMetrics metrics;
  for (std::size_t i = 0; i <= LoginMetrics::max_realms; ++i)
    metrics.count(fact("realm" + std::to_string(i)));
  const std::string text = text_of(metrics);
  EXPECT_THAT(text, HasSubstr("realm=\"realm999\""));
  EXPECT_THAT(text, Not(HasSubstr("realm=\"realm1000\"")));
  EXPECT_THAT(text,
              HasSubstr("realm=\"other\",mechanism=\"PLAIN\",service_type=\"standard\",outcome=\"ok\"} 1\n"));
}

}  // namespace
}  // namespace doorward
