// Requests to the REST API as a scrape sees them.
#include "server/telemetry/rest_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::HasSubstr;
using testing::Not;

class SilentStream final : public rest::Stream {
 public:
  std::optional<std::string> next(std::chrono::steady_clock::time_point) override { return std::nullopt; }
  void stop() override { stopped = true; }
  bool stopped = false;
};

class RestMetricsTest : public testing::Test {
 protected:
  rest::Response ask(const std::string& method, const std::string& path, int status,
                     const std::string& query = {}, std::shared_ptr<rest::Stream> stream = {}) {
    const auto answer = metrics_.metered([&](rest::Request&& request) {
      EXPECT_EQ(request.path, path);
      return rest::Response{.status = status, .stream = std::move(stream)};
    });
    return answer({.method = method, .path = path, .query = query});
  }
  std::string text() const {
    metrics::Exposition page(metrics::Format::prometheus);
    metrics_.collect(page);
    return std::move(page).finish();
  }

  RestMetrics metrics_;
};

constexpr const char* users = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers";
constexpr const char* rules = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";

TEST_F(RestMetricsTest, count_requests_by_verb_resource_and_code) {
  ask("GET", users, 200);
  ask("GET", users, 200);
  ask("GET", std::string(users) + "/shop.alice", 404);
  ask("PATCH", std::string(users) + "/shop.alice", 201);
  ask("GET", "/apis", 200);
  for (const char* line : {
           R"(doorward_rest_requests_total{verb="list",resource="messagingusers",code="200"} 2)",
           R"(doorward_rest_requests_total{verb="get",resource="messagingusers",code="404"} 1)",
           R"(doorward_rest_requests_total{verb="patch",resource="messagingusers",code="201"} 1)",
           R"(doorward_rest_requests_total{verb="get",resource="none",code="200"} 1)",
           R"(doorward_rest_request_duration_seconds_count{verb="list"} 2)",
       }) {
    EXPECT_THAT(text(), HasSubstr(std::string("\n") + line + "\n"));
  }
}

TEST_F(RestMetricsTest, count_what_was_refused_before_its_body_came) {
  const auto refuse = metrics_.metered_refusals([](const rest::Request& head) {
    return head.method == "POST" ? std::optional(rest::Response{.status = 403}) : std::nullopt;
  });
  EXPECT_EQ(refuse({.method = "POST", .path = users})->status, 403);
  EXPECT_FALSE(refuse({.method = "PUT", .path = users}));
  EXPECT_THAT(
      text(),
      HasSubstr(R"(doorward_rest_requests_total{verb="create",resource="messagingusers",code="403"} 1)"));
  EXPECT_THAT(text(), Not(HasSubstr("update")));
}

TEST_F(RestMetricsTest, make_no_series_of_what_a_client_makes_up) {
  ask("GET", "/apis/made-up.example/v1/namespaces/made-up/made-ups", 404);
  ask("MADE-UP", "/apis/made-up.example/v1/made-ups", 405);
  ask("GET", "/made-up", 404);
  ask("GET", "/made-up//", 404);
  ask("PUT", "/apis/user.enmasse.io/v1beta1/namespaces/made-up/messagingusers/x.y", 403);
  metrics_.count_stranger(401);
  EXPECT_THAT(text(), Not(HasSubstr("made-up")));
  EXPECT_THAT(text(), Not(HasSubstr("MADE-UP")));
  EXPECT_THAT(text(), HasSubstr(R"({verb="other",resource="other",code="401"} 1)"));
}

TEST_F(RestMetricsTest, tell_in_whose_namespace_writes_are_refused) {
  ask("POST", users, 422);
  ask("POST", users, 201);
  ask("GET", users, 400);
  ask("POST", rules, 400);
  ask("DELETE", std::string(users) + "/shop.alice", 409);
  ask("POST", "/apis/user.enmasse.io/v1beta1/namespaces/team2/messagingusers", 403);
  const std::string shown = text();
  EXPECT_THAT(shown,
              HasSubstr("doorward_rest_writes_refused_total{object_namespace=\"other\",code=\"403\"} 1\n"
                        "doorward_rest_writes_refused_total{object_namespace=\"team1\",code=\"409\"} 1\n"
                        "doorward_rest_writes_refused_total{object_namespace=\"team1\",code=\"422\"} 1\n"
                        "# HELP"));
}

TEST_F(RestMetricsTest, bound_the_namespaces_that_they_tell_apart) {
  const auto in = [this](std::size_t number) {
    ask("POST", "/apis/user.enmasse.io/v1beta1/namespaces/n" + std::to_string(number) + "/messagingusers",
        422);
  };
  for (std::size_t i = 1; i <= RestMetrics::max_namespaces; ++i) in(i);
  EXPECT_THAT(text(), Not(HasSubstr("object_namespace=\"other\"")));
  EXPECT_THAT(text(), HasSubstr("object_namespace=\"n500\""));
  in(RestMetrics::max_namespaces + 1);
  EXPECT_THAT(text(), HasSubstr("object_namespace=\"other\",code=\"422\"} 1\n"));
  EXPECT_THAT(text(), Not(HasSubstr("object_namespace=\"n501\"")));
}

TEST_F(RestMetricsTest, count_a_watch_while_it_is_open) {
  constexpr const char* none = "\ndoorward_rest_watches{resource=\"messagingusers\"} 0\n";
  constexpr const char* one = "\ndoorward_rest_watches{resource=\"messagingusers\"} 1\n";
  EXPECT_THAT(text(), HasSubstr(none));
  const auto silent = std::make_shared<SilentStream>();
  rest::Response response = ask("GET", users, 200, "watch=true", silent);
  EXPECT_THAT(text(), HasSubstr(one));
  EXPECT_THAT(text(), HasSubstr(R"({verb="watch",resource="messagingusers",code="200"} 1)"));
  EXPECT_FALSE(response.stream->next({}));
  response.stream->stop();
  EXPECT_TRUE(silent->stopped);
  response.stream.reset();
  EXPECT_THAT(text(), HasSubstr(none));
}

}  // namespace
}  // namespace doorward
