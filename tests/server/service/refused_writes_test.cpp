// Which refused requests are told, and how.
#include "server/service/refused_writes.hpp"

#include "server/callers/callers.hpp"

#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

constexpr const char* users = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers";

rest::Request request(std::string method, std::string path, std::string group = "team-a") {
  return {.method = std::move(method),
          .path = std::move(path),
          .caller = {.username = "jane", .groups = {std::move(group)}},
          .peer = "127.0.0.1:4711",
          .request_id = "id-1"};
}

class RefusedWrites : public testing::Test {
 protected:
  // WHAT RESOURCE STATUS of each one that is told, by either way.
  std::vector<std::string> told(const rest::Request& asked, int status) {
    std::vector<std::string> lines;
    const TellRefusedWrite tell = [&](const RefusedWrite& write) {
      EXPECT_EQ(write.who, "jane");
      EXPECT_EQ(write.from, "127.0.0.1:4711");
      EXPECT_EQ(write.request, "id-1");
      lines.push_back(write.what + " " + write.resource + " " + std::to_string(write.status));
    };
    const auto answer = telling_refused_writes(
        [&](rest::Request&& taken) {
          const rest::Request gone = std::move(taken);
          return rest::Response{.status = status};
        },
        tell);
    EXPECT_EQ(answer(rest::Request(asked)).status, status);
    const std::vector<std::string> answered = std::exchange(lines, {});
    const auto refuse =
        telling_refused_heads([&](const rest::Request&) { return rest::Response{.status = status}; }, tell);
    EXPECT_EQ(refuse(asked)->status, status);
    EXPECT_EQ(lines, answered);
    return answered;
  }
};

TEST_F(RefusedWrites, are_told_by_what_they_would_have_done_to_what) {
  using Told = std::vector<std::string>;
  EXPECT_EQ(told(request("POST", users), 422), Told{"create MessagingUser team1 422"});
  EXPECT_EQ(told(request("PUT", std::string(users) + "/shop.alice"), 409),
            Told{"update MessagingUser team1/shop.alice 409"});
  EXPECT_EQ(told(request("PATCH", std::string(users) + "/shop.%61"), 403),
            Told{"update MessagingUser team1/shop.a 403"});
  EXPECT_EQ(told(request("DELETE", std::string(users) + "/shop.alice"), 404),
            Told{"delete MessagingUser team1/shop.alice 404"});
  EXPECT_EQ(told(request("DELETE", "/apis/rbac.authorization.k8s.io/v1/clusterroles/boss"), 403),
            Told{"delete ClusterRole boss 403"});
  EXPECT_EQ(told(request("POST", users), 400), Told{"create MessagingUser team1 400"});
}

TEST_F(RefusedWrites, are_not_what_was_done_read_asked_or_sent_by_nobody) {
  EXPECT_THAT(told(request("POST", users), 201), testing::IsEmpty());
  EXPECT_THAT(told(request("POST", users), 399), testing::IsEmpty());
  EXPECT_THAT(told(request("GET", users), 403), testing::IsEmpty());
  EXPECT_THAT(told(request("BREW", users), 405), testing::IsEmpty());
  EXPECT_THAT(told(request("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"), 400),
              testing::IsEmpty());
  EXPECT_THAT(told(request("POST", "/version"), 405), testing::IsEmpty());
  EXPECT_THAT(told(request("POST", "/apis/%zz"), 400), testing::IsEmpty());
  EXPECT_THAT(told(request("POST", users, std::string(unauthenticated_group)), 403), testing::IsEmpty());
}

TEST_F(RefusedWrites, are_nothing_where_nobody_wants_to_know) {
  const auto answer =
      telling_refused_writes([](rest::Request&&) { return rest::Response{.status = 403}; }, {});
  EXPECT_EQ(answer(request("POST", users)).status, 403);
  const auto refuse = telling_refused_heads([](const rest::Request&) { return std::nullopt; }, {});
  EXPECT_FALSE(refuse(request("POST", users)).has_value());
}

}  // namespace
}  // namespace doorward
