// The paths of the health port.
#include "server/health/routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::HasSubstr;

TEST(Routes, lead_to_the_checks_and_the_metrics) {
  Checks checks;
  metrics::Registry registry;
  registry.add([](metrics::Exposition& page) { page.gauge("some", "", 1); });
  const auto answer = health_routes(checks, registry);
  EXPECT_EQ(answer({.path = "/livez"}).status, 200u);
  EXPECT_EQ(answer({.path = "/readyz"}).status, 503u) << "it has not started";
  EXPECT_EQ(answer({.path = "/healthz"}).status, 503u);
  checks.started();
  EXPECT_EQ(answer({.path = "/readyz"}).status, 200u);
  EXPECT_EQ(answer({.path = "/healthz"}).status, 200u);

  const HealthReply plain = answer({.path = "/metrics"});
  EXPECT_THAT(plain.content_type, HasSubstr("version=0.0.4"));
  EXPECT_THAT(plain.body, HasSubstr("some 1.0\n"));
  const HealthReply open =
      answer({.path = "/metrics", .accept = "application/openmetrics-text;version=1.0.0"});
  EXPECT_THAT(open.content_type, HasSubstr("application/openmetrics-text"));
  EXPECT_TRUE(open.body.ends_with("# EOF\n"));
}

TEST(Routes, to_nowhere_say_where_to_go) {
  Checks checks;
  metrics::Registry registry;
  const auto answer = health_routes(checks, registry);
  for (const char* path : {"/", "", "/metrics/", "/livezz", "*"}) {
    EXPECT_EQ(answer({.path = path}).status, 404u) << path;
    EXPECT_THAT(answer({.path = path}).body, HasSubstr("/readyz"));
  }
}

}  // namespace
}  // namespace doorward
