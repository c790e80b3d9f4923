// What a caller may by all roles and bindings together: where a binding counts, for whom, why, and who may
// give away what.
#include "policies/rbac_policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::rbac {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Optional;
using testing::SizeIs;

Rules rules(std::vector<Rule> list) { return std::make_shared<const std::vector<Rule>>(std::move(list)); }

Rule users(std::vector<std::string> verbs) {
  return {.verbs = std::move(verbs), .api_groups = {"user.enmasse.io"}, .resources = {"messagingusers"}};
}
Rule roles(std::vector<std::string> verbs, std::string resource = "roles") {
  return {
      .verbs = std::move(verbs), .api_groups = {std::string(api_group)}, .resources = {std::move(resource)}};
}

Access of_users(std::string_view verb, std::string_view ns) {
  return {.verb = verb, .group = "user.enmasse.io", .resource = "messagingusers", .ns = ns};
}

const Subject team1{.kind = Subject::Kind::group, .name = "team1"};
const Caller ann{.username = "ann", .groups = {"team1", "system:authenticated"}};
const Caller bob{.username = "bob", .groups = {"team2", "system:authenticated"}};
const Caller root{.username = "root", .groups = {std::string(masters_group)}};

const std::map<RoleName, Rules> some_roles{
    {{"", "edit"}, rules({users({"get", "list", "create"})})},
    {{"", "view"}, rules({users({"get", "list"})})},
    {{"", "paths"}, rules({{.verbs = {"get"}, .non_resource_urls = {"/metrics"}}})},
    {{"team1", "edit"}, rules({users({"delete"})})},
};

TEST(RbacPolicy, a_binding_of_a_namespace_counts_inside_it) {
  const Policy policy(some_roles, {{"team1", "b", {"", "edit"}, {team1}}});
  EXPECT_TRUE(policy.decide(ann, of_users("create", "team1")));
  EXPECT_FALSE(policy.decide(ann, of_users("create", "team2")));
  EXPECT_FALSE(policy.decide(ann, of_users("list", "")));
  EXPECT_FALSE(policy.decide(ann, of_users("delete", "team1"))) << "the namespace's role of the same name";
  EXPECT_FALSE(policy.decide(bob, of_users("create", "team1")));
}

TEST(RbacPolicy, a_binding_of_cluster_scope_counts_everywhere) {
  const Policy policy(some_roles, {{"", "b", {"", "edit"}, {team1}}});
  for (const auto* ns : {"team1", "team2", ""}) EXPECT_TRUE(policy.decide(ann, of_users("create", ns))) << ns;
  EXPECT_FALSE(policy.decide(bob, of_users("create", "team1")));
}

TEST(RbacPolicy, a_role_belongs_to_its_namespace) {
  const Policy policy(some_roles, {{"team1", "b", {"team1", "edit"}, {team1}}});
  EXPECT_TRUE(policy.decide(ann, of_users("delete", "team1")));
  EXPECT_FALSE(policy.decide(ann, of_users("create", "team1")));
}

TEST(RbacPolicy, a_role_that_is_not_there_gives_nothing) {
  const Policy policy(some_roles, {{"team1", "b", {"", "admin"}, {team1}}});
  EXPECT_FALSE(policy.decide(ann, of_users("get", "team1")));
}

TEST(RbacPolicy, paths_need_a_binding_of_cluster_scope) {
  const Access metrics{.verb = "get", .ns = "team1", .path = "/metrics"};
  EXPECT_TRUE(Policy(some_roles, {{"", "b", {"", "paths"}, {team1}}}).decide(ann, metrics));
  EXPECT_FALSE(Policy(some_roles, {{"team1", "b", {"", "paths"}, {team1}}}).decide(ann, metrics));
}

TEST(RbacPolicy, masters_may_everything_without_a_rule) {
  const Policy policy;
  EXPECT_TRUE(policy.decide(root, of_users("delete", "team1")));
  EXPECT_TRUE(policy.decide(root, {.verb = "get", .path = "/anything"}));
  EXPECT_FALSE(policy.decide(ann, of_users("get", "team1")));
  EXPECT_FALSE(policy.decide({.username = "system:masters", .groups = {}}, of_users("get", "team1")));
}

TEST(RbacPolicy, says_what_allows) {
  const Policy policy(some_roles, {{"team1", "writers", {"", "edit"}, {{.name = "zoe"}, team1}}});
  EXPECT_EQ(policy.decide(ann, of_users("get", "team1")).reason,
            R"(allowed by RoleBinding "team1/writers" of ClusterRole "edit" to Group "team1")");
  EXPECT_EQ(policy.decide(bob, of_users("get", "team1")).reason, "");
}

TEST(RbacPolicy, subjects_are_matched_whole) {
  using Kind = Subject::Kind;
  struct Case {
    Subject subject;
    const char* username;
    bool is;
  };
  const Case cases[] = {
      {{Kind::user, "ann", ""}, "ann", true},
      {{Kind::user, "ann", ""}, "anna", false},
      {{Kind::user, "*", ""}, "ann", false},
      {{Kind::group, "team1", ""}, "x", true},
      {{Kind::group, "x", ""}, "x", false},
      {{Kind::service_account, "bot", "ci"}, "system:serviceaccount:ci:bot", true},
      {{Kind::service_account, "bot", "ci"}, "system:serviceaccount:ci:robot", false},
      {{Kind::service_account, "bot", "ci"}, "system:serviceaccount:ci:bot:x", false},
      {{Kind::service_account, "bot", "c"}, "system:serviceaccount:ci:bot", false},
      {{Kind::service_account, "bot", ""}, "system:serviceaccount:ci:bot", false},
      {{Kind::service_account, "bot", "ci"}, "bot", false},
      {{Kind::user, "system:serviceaccount:ci:bot", ""}, "system:serviceaccount:ci:bot", true},
  };
  for (const auto& c : cases)
    EXPECT_EQ(c.subject.is({.username = c.username, .groups = {"team1"}}), c.is)
        << c.subject.text() << " " << c.username;
}

TEST(RbacPolicy, lists_the_rules_of_a_caller_where_they_count) {
  const Policy policy(some_roles, {{"", "a", {"", "paths"}, {team1}},
                                   {"team1", "b", {"", "edit"}, {team1}},
                                   {"team1", "c", {"", "paths"}, {team1}}});
  EXPECT_THAT(policy.rules_of(ann, "team1"),
              ElementsAre(Rule{.verbs = {"get"}, .non_resource_urls = {"/metrics"}},
                          users({"get", "list", "create"})));
  EXPECT_THAT(policy.rules_of(ann, ""), SizeIs(1));
  EXPECT_THAT(policy.rules_of(bob, "team1"), IsEmpty());
  EXPECT_THAT(
      policy.rules_of(root, "team1"),
      ElementsAre(Rule{.verbs = {"*"}, .api_groups = {"*"}, .resources = {"*"}, .non_resource_urls = {"*"}}));
}

TEST(RbacPolicy, nobody_writes_a_role_with_more_than_he_holds) {
  const Policy policy(some_roles, {{"team1", "b", {"", "edit"}, {team1}}});
  const RoleName mine{"team1", "mine"};
  EXPECT_EQ(policy.refuse_role(ann, mine, std::vector{users({"get"})}), std::nullopt);
  EXPECT_THAT(policy.refuse_role(ann, mine, std::vector{users({"get", "delete"})}),
              Optional(AllOf(HasSubstr("user \"ann\" (groups=[\"team1\" \"system:authenticated\"])"),
                             HasSubstr(R"(Resources:["messagingusers"], Verbs:["delete"]})"),
                             Not(HasSubstr("\"get\"")), HasSubstr("\"escalate\" on roles"))));
  EXPECT_NE(policy.refuse_role(ann, {"team2", "mine"}, std::vector{users({"get"})}), std::nullopt);
  EXPECT_NE(policy.refuse_role(ann, {"", "mine"}, std::vector{users({"get"})}), std::nullopt);
  EXPECT_EQ(policy.refuse_role(root, {"", "mine"}, std::vector{users({"*"})}), std::nullopt);
}

TEST(RbacPolicy, escalate_lets_a_caller_write_any_role) {
  auto with = some_roles;
  with[{"", "escalates"}] = rules({roles({"escalate"})});
  const Policy policy(with, {{"team1", "b", {"", "escalates"}, {team1}}});
  EXPECT_EQ(policy.refuse_role(ann, {"team1", "mine"}, std::vector{users({"delete"})}), std::nullopt);
  EXPECT_NE(policy.refuse_role(ann, {"team2", "mine"}, std::vector{users({"delete"})}), std::nullopt);
  EXPECT_NE(policy.refuse_role(ann, {"", "mine"}, std::vector{users({"delete"})}), std::nullopt);
}

TEST(RbacPolicy, nobody_binds_a_role_with_more_than_he_holds) {
  const Policy policy(some_roles, {{"team1", "b", {"", "view"}, {team1}}});
  EXPECT_EQ(policy.refuse_binding(ann, {"", "view"}, "team1"), std::nullopt);
  EXPECT_NE(policy.refuse_binding(ann, {"", "view"}, "team2"), std::nullopt);
  EXPECT_NE(policy.refuse_binding(ann, {"", "view"}, ""), std::nullopt);
  EXPECT_THAT(policy.refuse_binding(ann, {"", "edit"}, "team1"),
              Optional(AllOf(HasSubstr("Verbs:[\"create\"]"), HasSubstr("\"bind\" on clusterroles"))));
  EXPECT_THAT(policy.refuse_binding(ann, {"", "later"}, "team1"),
              Optional(HasSubstr("ClusterRole \"later\" does not exist")));
  EXPECT_EQ(policy.refuse_binding(root, {"", "later"}, ""), std::nullopt);
}

TEST(RbacPolicy, bind_lets_a_caller_bind_the_roles_it_names) {
  auto with = some_roles;
  Rule bind = roles({"bind"}, "clusterroles");
  bind.resource_names = {"edit"};
  with[{"", "binds"}] = rules({bind});
  const Policy policy(with, {{"team1", "b", {"", "binds"}, {team1}}});
  EXPECT_EQ(policy.refuse_binding(ann, {"", "edit"}, "team1"), std::nullopt);
  EXPECT_NE(policy.refuse_binding(ann, {"", "view"}, "team1"), std::nullopt);
  EXPECT_NE(policy.refuse_binding(ann, {"", "edit"}, "team2"), std::nullopt);
  EXPECT_NE(policy.refuse_binding(ann, {"", "edit"}, ""), std::nullopt);
}

}  // namespace
}  // namespace doorward::rbac
