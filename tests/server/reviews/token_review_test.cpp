// What is asked of the API server, and what each answer says of the token. Nothing but a whole and right one
// names a user.
#include "server/reviews/token_review.hpp"

#include "server/reviews/jwt_claims.hpp"
#include "tests/server/reviews/fake_api_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using Audiences = std::vector<std::string>;

constexpr std::chrono::sys_seconds now{std::chrono::seconds(1'800'000'000)};
const std::string robot = "system:serviceaccount:team1:robot";
const Secret opaque("opaque");

// `user GROUPS`, or `auth REASON`.
std::string in_words(const Review& review) {
  if (!review) {
    return std::string(to_string(review.error().code)) + ' ' + std::string(to_string(review.error().reason));
  }
  std::string words = (*review)->username;
  for (const std::string& group : (*review)->groups) words += ' ' + group;
  return words;
}

std::string read(std::string_view body, int status = 201, const Audiences& audiences = {},
                 const Secret& token = opaque) {
  return in_words(read_token_review(status, body, token, audiences, now));
}

TEST(TokenReviewRequest, names_the_token_and_the_audiences) {
  const auto request = [](std::string_view token, const Audiences& audiences) {
    return json::parse(token_review_request(Secret(token), audiences).reveal());
  };
  EXPECT_EQ(request("a.b-c_d~e+f/g==", {"amqp", "\"token\":\"\""}),
            json::parse(R"({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
              "spec": {"token": "a.b-c_d~e+f/g==", "audiences": ["amqp", "\"token\":\"\""]}})"));
  EXPECT_EQ(request("t", {}), json::parse(R"({"apiVersion": "authentication.k8s.io/v1",
              "kind": "TokenReview", "spec": {"token": "t"}})"));
}

TEST(TokenReviewAnswer, names_the_user) {
  const std::string body = token_review(authenticated(robot));
  EXPECT_EQ(read(body), robot + " a b");
  EXPECT_EQ(read(body, 200), robot + " a b");
  EXPECT_EQ(read_token_review(201, body, opaque, {}, now).value()->uid, "u-1");
}

TEST(TokenReviewAnswer, must_be_for_one_of_the_audiences) {
  const Audiences ours = {"amqp", "doorward"};
  EXPECT_EQ(read(token_review(authenticated(robot, {"doorward", "x"})), 201, ours), robot + " a b");
  for (const Audiences& theirs : {Audiences{}, Audiences{"x"}, Audiences{"amq", "Doorward"}}) {
    EXPECT_EQ(read(token_review(authenticated(robot, theirs)), 201, ours), "auth token_of_other_audience");
  }
}

TEST(TokenReviewAnswer, that_refuses_is_worded_by_what_the_token_says_of_itself) {
  const std::string no = token_review({{"authenticated", false}, {"error", "no"}});
  const auto refused = [&](const json& claims, const Audiences& audiences = {}) {
    return read(no, 201, audiences, Secret(jwt(claims)));
  };
  EXPECT_EQ(read(no), "auth token_rejected");
  EXPECT_EQ(refused({{"exp", 1'800'000'000}}), "auth token_expired");
  EXPECT_EQ(refused({{"exp", 1'800'000'001}}), "auth token_rejected");
  EXPECT_EQ(refused({{"aud", "other"}}, {"ours"}), "auth token_of_other_audience");
  EXPECT_EQ(refused({{"aud", {"other", "ours"}}}, {"ours"}), "auth token_rejected");
  EXPECT_EQ(refused({{"aud", "other"}}), "auth token_rejected");
}

TEST(TokenReviewAnswer, lets_nobody_in_with_anything_else) {
  const std::string whole = token_review(authenticated(robot));
  const auto with = [](const char* field, const json& value) {
    json status = authenticated(robot);
    status[field] = value;
    return token_review(status);
  };
  const auto with_user = [&](const json& user) { return with("user", user); };
  struct {
    const char* behaviour;
    std::string body;
    std::string read;
  } const cases[] = {
      {"no body", "", "sys_temp review_not_json"},
      {"HTML", "<html><body>502</body></html>", "sys_temp review_not_json"},
      {"half a body", whole.substr(0, whole.size() / 2), "sys_temp review_cut"},
      {"bytes", "\xff\xfe", "sys_temp review_not_json"},
      {"null", "null", "sys_temp review_malformed"},
      {"a list", "[]", "sys_temp review_malformed"},
      {"nothing in it", "{}", "sys_temp review_malformed"},
      {"the request", R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{}})",
       "sys_temp review_malformed"},
      {"a status that is none",
       R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","status":true})",
       "sys_temp review_malformed"},
      {"another kind", R"({"apiVersion":"v1","kind":"Status","status":{"authenticated":true}})",
       "sys_temp review_malformed"},
      {"another version",
       R"({"apiVersion":"authentication.k8s.io/v1beta1","kind":"TokenReview","status":{}})",
       "sys_temp review_malformed"},
      {"not authenticated", token_review(json::object()), "auth token_rejected"},
      {"authenticated as text", with("authenticated", "true"), "auth token_rejected"},
      {"authenticated as a number", with("authenticated", 1), "auth token_rejected"},
      {"an error beside it", with("error", "revoked"), "auth token_rejected"},
      {"no user", with_user(nullptr), "sys_temp review_without_user"},
      {"a user without a name", with_user({{"uid", "1"}}), "sys_temp review_without_user"},
      {"an empty name", with_user({{"username", ""}}), "sys_temp review_without_user"},
      {"a name that is none", with_user({{"username", {"a"}}}), "sys_temp review_without_user"},
      {"a user that is none", with_user(robot), "sys_temp review_without_user"},
      {"groups that are none", with_user({{"username", robot}, {"groups", "admin"}}),
       "sys_temp review_malformed"},
      {"a group that is none", with_user({{"username", robot}, {"groups", {1}}}),
       "sys_temp review_malformed"},
      {"audiences that are none", with("audiences", "amqp"), "sys_temp review_malformed"},
  };
  for (const auto& c : cases) EXPECT_EQ(read(c.body), c.read) << c.behaviour;
}

TEST(TokenReviewAnswer, of_another_status_says_nothing_of_the_token) {
  const std::string whole = token_review(authenticated(robot));
  const std::pair<int, std::string> statuses[] = {
      {0, "review_server_error"},   {204, "review_server_error"}, {302, "review_redirected"},
      {307, "review_redirected"},   {400, "review_server_error"}, {401, "review_unauthorized"},
      {403, "review_forbidden"},    {404, "review_server_error"}, {429, "review_throttled"},
      {500, "review_server_error"}, {503, "review_server_error"}};
  for (const auto& [status, reason] : statuses) EXPECT_EQ(read(whole, status), "sys_temp " + reason);
}

TEST(JwtClaims, are_what_the_token_says) {
  const JwtClaims one = claims_of(jwt({{"exp", 1.5e9}, {"aud", "amqp"}}));
  EXPECT_EQ(one.expires, std::chrono::sys_seconds(std::chrono::seconds(1'500'000'000)));
  EXPECT_THAT(one.audiences, ElementsAre("amqp"));
  EXPECT_THAT(claims_of(jwt({{"aud", {"a", 1, "b"}}})).audiences, ElementsAre("a", "b"));
}

TEST(JwtClaims, are_none_where_there_is_no_jwt_or_they_are_of_another_type) {
  for (const std::string& token :
       {std::string(), std::string("opaque"), std::string("a.b"), std::string(".."), std::string("a.!!!!.c"),
        std::string("a.bm8.c"), jwt(json::array()), jwt({{"exp", "soon"}, {"aud", 7}}), jwt({{"exp", -1}}),
        jwt({{"exp", 1e300}}), jwt({{"exp", 253'402'300'800}})}) {
    EXPECT_FALSE(claims_of(token).expires) << token;
    EXPECT_THAT(claims_of(token).audiences, IsEmpty()) << token;
  }
  EXPECT_TRUE(claims_of(jwt({{"exp", 253'402'300'799}})).expires);
}

}  // namespace
}  // namespace doorward
