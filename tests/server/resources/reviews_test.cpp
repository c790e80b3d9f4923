// Reviews: who the caller is, what he may, and what a user may do at an address and why.
#include "server/resources/access_review.hpp"
#include "server/resources/self_reviews.hpp"
#include "tests/server/resources/workbench.hpp"

namespace doorward::resources {
namespace {

using nlohmann::json;
using rbac::Caller;
using rbac::Policy;
using testing::HasSubstr;

const Caller ann{.username = "ann", .groups = {"team1"}};

Policy policy() {
  using Rules = std::vector<rbac::Rule>;
  const rbac::Subject team1{.kind = rbac::Subject::Kind::group, .name = "team1"};
  return Policy(
      {{{"", "view"},
        std::make_shared<const Rules>(
            Rules{{.verbs = {"get"}, .api_groups = {"enmasse.io"}, .resources = {"addresses"}}})},
       {{"", "metrics"},
        std::make_shared<const Rules>(Rules{{.verbs = {"get"}, .non_resource_urls = {"/metrics"}}})}},
      {{"team1", "b", {"", "view"}, {team1}}, {"", "m", {"", "metrics"}, {team1}}});
}

json of_resource(const char* verb, const char* ns) {
  return {{"spec",
           {{"resourceAttributes",
             {{"verb", verb}, {"namespace", ns}, {"group", "enmasse.io"}, {"resource", "addresses"}}}}}};
}

TEST(SelfReviews, say_who_asks) {
  const json review = review_self(ann, json{{"kind", "SelfSubjectReview"}}).value();
  EXPECT_EQ(review["kind"], "SelfSubjectReview");
  EXPECT_EQ(review["status"]["userInfo"], json::parse(R"({"username":"ann","groups":["team1"]})"));
}

TEST(SelfReviews, decide_as_a_request_would_be) {
  const json yes = review_access(policy(), ann, of_resource("get", "team1")).value();
  EXPECT_EQ(yes["status"]["allowed"], true);
  EXPECT_THAT(yes["status"]["reason"].get<std::string>(), HasSubstr("RoleBinding \"team1/b\""));
  const json no = review_access(policy(), ann, of_resource("get", "team2")).value();
  EXPECT_EQ(no["status"], json({{"allowed", false}}));
  const json path{{"spec", {{"nonResourceAttributes", {{"verb", "get"}, {"path", "/metrics"}}}}}};
  EXPECT_EQ(review_access(policy(), ann, path).value()["status"]["allowed"], true);
}

TEST(SelfReviews, refuse_what_asks_nothing) {
  for (const auto* text : {"{}", R"({"spec":{}})", R"({"spec":7})", R"({"spec":{"resourceAttributes":[]}})",
                           R"({"spec":{"resourceAttributes":{},"nonResourceAttributes":{"path":"/a"}}})",
                           R"({"spec":{"nonResourceAttributes":{"verb":"get"}}})",
                           R"({"spec":{"nonResourceAttributes":{"verb":"get","path":7}}})"})
    EXPECT_FALSE(review_access(policy(), ann, json::parse(text))) << text;
  EXPECT_FALSE(review_rules(policy(), ann, json::parse(R"({"spec":{}})")));
  EXPECT_FALSE(review_self(ann, json::parse(R"({"spec":[]})")));
}

// As clients of several ages send them: with what only an answer has, and with fields that are new.
TEST(SelfReviews, pass_over_what_they_do_not_ask) {
  json review = of_resource("get", "team1");
  review["metadata"] = {{"creationTimestamp", nullptr}};
  review["status"] = {{"allowed", false}, {"denied", true}};
  review["spec"]["nonResourceAttributes"] = nullptr;
  review["spec"]["resourceAttributes"]["fieldSelector"] = {{"rawSelector", "a=b"}};
  const auto answer = review_access(policy(), ann, review);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["status"]["allowed"], true);
  EXPECT_FALSE((*answer)["status"].contains("denied"));
}

TEST(SelfReviews, list_the_rules_of_a_namespace) {
  const json review =
      review_rules(policy(), ann, json::parse(R"({"spec":{"namespace":"team1"}})")).value()["status"];
  EXPECT_EQ(review["resourceRules"],
            json::parse(R"([{"verbs":["get"],"apiGroups":["enmasse.io"],"resources":["addresses"]}])"));
  EXPECT_EQ(review["nonResourceRules"], json::parse(R"([{"verbs":["get"],"nonResourceURLs":["/metrics"]}])"));
  EXPECT_EQ(review["incomplete"], false);
}

class AccessReviews : public Workbench {
 protected:
  json ask(const char* operation, const char* address, const char* username = "alice",
           const char* space = "shop") {
    json spec{{"addressSpace", space}, {"username", username}, {"operation", operation}};
    if (*address != '\0') spec["address"] = address;
    const json review{
        {"apiVersion", "user.enmasse.io/v1beta1"}, {"kind", "AddressAccessReview"}, {"spec", spec}};
    const auto answer = review_address_access(*store_, "team1", review);
    return answer ? (*answer)["status"] : json(answer.error().front().field);
  }
  std::string reason(const json& status) { return status["reason"].get<std::string>(); }
};

TEST_F(AccessReviews, say_which_rule_decided_for_each_delegate) {
  ASSERT_TRUE(apply(service + shop + alice));
  const json status = ask("send", "orders");
  EXPECT_EQ(status["allowed"], true);
  ASSERT_EQ(status["delegates"].size(), 2u);
  EXPECT_EQ(status["delegates"][0]["delegate"], "router");
  EXPECT_EQ(status["delegates"][0]["rule"], "spec.authorization[0]");
  EXPECT_EQ(status["delegates"][0]["entry"], "orders");
  EXPECT_EQ(ask("send", "bills")["allowed"], false);
  EXPECT_EQ(ask("manage", "")["allowed"], false);
}

TEST_F(AccessReviews, say_where_delegates_differ) {
  std::string yaml = alice;
  yaml.replace(yaml.find("[orders]"), 8, "['a/#']");
  ASSERT_TRUE(apply(service + shop + yaml));
  const json status = ask("send", "a/b");
  EXPECT_EQ(status["allowed"], false);
  EXPECT_THAT(reason(status), HasSubstr("delegates differ"));
  EXPECT_EQ(status["delegates"][0]["allowed"], false);
  EXPECT_EQ(status["delegates"][1]["allowed"], true);
  EXPECT_FALSE(status["warnings"].empty());
}

TEST_F(AccessReviews, answer_for_what_is_not_there) {
  EXPECT_THAT(reason(ask("send", "a")), HasSubstr("AddressSpace team1/shop does not exist"));
  ASSERT_TRUE(apply(service + shop));
  EXPECT_THAT(reason(ask("send", "a")), HasSubstr("no user \"alice\" logs in to the realm \"team1-shop\""));
  ASSERT_TRUE(apply(service_yaml("standard-authservice", "none") + shop));
  EXPECT_EQ(ask("send", "a")["allowed"], true);
  EXPECT_THAT(reason(ask("send", "a")), HasSubstr("of type none"));
}

TEST_F(AccessReviews, refuse_what_asks_nothing) {
  EXPECT_EQ(ask("send", ""), "spec.address");
  EXPECT_NE(ask("send", std::string(1'024, 'a').c_str()), "spec.address");
  EXPECT_EQ(ask("send", std::string(1'025, 'a').c_str()), "spec.address");
  EXPECT_EQ(ask("eat", "a"), "spec.operation");
  EXPECT_FALSE(review_address_access(*store_, "team1", json::array()));
  EXPECT_FALSE(review_address_access(*store_, "team1", json::object()));
}

}  // namespace
}  // namespace doorward::resources
