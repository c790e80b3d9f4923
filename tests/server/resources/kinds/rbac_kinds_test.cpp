// Roles and bindings as resources: what is refused, what a watch of them decides, what is there from the
// start, and what a write of them needs.
#include "server/resources/kinds/rbac_kinds.hpp"

#include "server/resources/builtin_roles.hpp"
#include "server/resources/policy_watch.hpp"
#include "server/resources/write_rights.hpp"
#include "tests/server/resources/workbench.hpp"

namespace doorward::resources {
namespace {

using nlohmann::json;
using rbac::Caller;
using testing::AllOf;
using testing::HasSubstr;
using testing::Optional;

std::string rbac_yaml(std::string_view kind, std::string_view metadata, std::string_view more) {
  return "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: " + std::string(kind) + "\nmetadata: {" +
         std::string(metadata) + "}\n" + std::string(more);
}
std::string binding_yaml(std::string_view ns, std::string_view name, std::string_view role) {
  return rbac_yaml("RoleBinding", "name: " + std::string(name) + ", namespace: " + std::string(ns),
                   "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: \"" +
                       std::string(role) + "\"}\nsubjects: [{kind: Group, name: team1}]\n");
}
const std::string reader =
    rbac_yaml("Role", "name: reader, namespace: team1",
              "rules: [{apiGroups: [enmasse.io], resources: [addresses], verbs: [get]}]\n");

const Caller ann{.username = "ann", .groups = {"team1", "system:authenticated"}};
const Caller admin{.username = "admin", .groups = {"system:masters"}};

class RbacKinds : public Workbench {
 protected:
  void watch() { watch_ = std::move(PolicyWatch::start(*store_).value()); }
  bool may(const Caller& caller, std::string_view verb, std::string_view ns, std::string_view resource,
           std::string_view group = "enmasse.io") {
    return watch_->current()
        ->decide(caller, {.verb = verb, .group = group, .resource = resource, .ns = ns})
        .allowed;
  }
  std::unique_ptr<PolicyWatch> watch_;
};

TEST_F(RbacKinds, faults_say_what_to_change) {
  const std::pair<std::string, const char*> cases[] = {
      {rbac_yaml("Role", "name: a/b", ""), "metadata.name: \"a/b\" is no name"},
      {rbac_yaml("Role", "name: ..", ""), "metadata.name: \"..\" is no name"},
      {rbac_yaml("Role", "name: a", "rules: [{apiGroups: [a], resources: [b]}]"),
       "rules[0].verbs: is required"},
      {rbac_yaml("Role", "name: a", "rules: [{apiGroups: [a], resources: [b], verbs: []}]"),
       "rules[0].verbs: name some"},
      {rbac_yaml("Role", "name: a", "rules: [{resources: [b], verbs: [get]}]"),
       "rules[0].apiGroups: name some"},
      {rbac_yaml("Role", "name: a", "rules: [{apiGroups: [a], verbs: [get]}]"),
       "rules[0].resources: name some"},
      {rbac_yaml("Role", "name: a", "rules: [{nonResourceURLs: [/a], verbs: [get]}]"), "use a ClusterRole"},
      {rbac_yaml("ClusterRole", "name: a", "rules: [{nonResourceURLs: [/a], apiGroups: [a], verbs: [get]}]"),
       "make two of it"},
      {rbac_yaml("ClusterRole", "name: a", "rules: [{nonResourceURLs: [/a/*/b], verbs: [get]}]"),
       "rules[0].nonResourceURLs[0]: begin it with '/'"},
      {rbac_yaml("ClusterRole", "name: a", "rules: [{nonResourceURLs: [metrics], verbs: [get]}]"),
       "rules[0].nonResourceURLs[0]: begin it with '/'"},
      {rbac_yaml("ClusterRole", "name: a", "aggregationRule: {clusterRoleSelectors: []}"), "list the rules"},
      {rbac_yaml("RoleBinding", "name: a", ""), "roleRef: is required"},
      {rbac_yaml("RoleBinding", "name: a", "roleRef: {kind: Group, name: x}"),
       "roleRef.kind: \"Group\" is not"},
      {rbac_yaml("RoleBinding", "name: a", "roleRef: {kind: Role, name: ''}"), "roleRef.name: name it"},
      {rbac_yaml("RoleBinding", "name: a", "roleRef: {kind: Role, name: x, apiGroup: y}"),
       "roleRef.apiGroup: \"y\" is not supported: use \"rbac.authorization.k8s.io\""},
      {rbac_yaml("ClusterRoleBinding", "name: a", "roleRef: {kind: Role, name: x}"), "use \"ClusterRole\""},
      {rbac_yaml("ClusterRoleBinding", "name: a",
                 "roleRef: {kind: ClusterRole, name: x}\nsubjects: [{kind: ServiceAccount, name: x}]"),
       "subjects[0].namespace: name the namespace"},
      {rbac_yaml("ClusterRoleBinding", "name: a",
                 "roleRef: {kind: ClusterRole, name: x}\nsubjects: [{kind: User, name: x, namespace: y}]"),
       "subjects[0].namespace: only a ServiceAccount has one"},
      {rbac_yaml("ClusterRoleBinding", "name: a",
                 "roleRef: {kind: ClusterRole, name: x}\nsubjects: [{kind: Robot, name: x}]"),
       "subjects[0].kind: \"Robot\" is not supported"},
  };
  for (const auto& [yaml, fault] : cases) EXPECT_THAT(outcome(yaml), HasSubstr(fault)) << yaml;
}

TEST_F(RbacKinds, a_role_stands_for_so_many_permissions_and_no_more) {
  const auto with_names = [](std::size_t count) {
    std::string names;
    for (std::size_t i = 0; i < count; ++i) names += (i == 0 ? "n" : ", n") + std::to_string(i);
    return rbac_yaml(
        "Role", "name: a",
        "rules: [{apiGroups: [a], resources: [b], verbs: [get], resourceNames: [" + names + "]}]");
  };
  EXPECT_EQ(outcome(with_names(max_role_permissions)), "1 created, 0 changed, 0 deleted, 0 unchanged");
  EXPECT_THAT(outcome(with_names(max_role_permissions + 1)),
              HasSubstr("rules: stand for 10001 combinations"));
}

TEST_F(RbacKinds, kinds_of_cluster_scope_have_no_namespace) {
  const std::string yaml = rbac_yaml("ClusterRole", "name: 'a:B', namespace: team1",
                                     "rules: [{nonResourceURLs: ['*'], verbs: [get]}]");
  EXPECT_EQ(outcome(yaml), "1 created, 0 changed, 0 deleted, 0 unchanged");
  EXPECT_EQ(outcome(yaml), "0 created, 0 changed, 0 deleted, 1 unchanged");
  EXPECT_EQ(document(key(store_kind::cluster_roles, "", "a:B"))["rules"],
            json::parse(R"([{"nonResourceURLs":["*"],"verbs":["get"]}])"));
  EXPECT_THAT(outcome(yaml + "\n" + yaml), HasSubstr("ClusterRole \"a:B\": metadata.name: is already in"));
}

TEST_F(RbacKinds, a_change_of_the_rules_is_a_new_generation) {
  ASSERT_TRUE(apply(reader));
  ASSERT_TRUE(apply(rbac_yaml("Role", "name: reader, namespace: team1, labels: {a: b}",
                              "rules: [{apiGroups: [enmasse.io], resources: [addresses], verbs: [get]}]\n")));
  EXPECT_EQ(store_->get(key(store_kind::roles, "team1", "reader")).value().generation, 1u);
  ASSERT_TRUE(apply(rbac_yaml("Role", "name: reader, namespace: team1, labels: {a: b}", "rules: []\n")));
  EXPECT_EQ(store_->get(key(store_kind::roles, "team1", "reader")).value().generation, 2u);
}

TEST_F(RbacKinds, a_binding_keeps_its_role) {
  ASSERT_TRUE(apply(binding_yaml("team1", "b", "enmasse.io:tenant-view")));
  EXPECT_THAT(outcome(binding_yaml("team1", "b", "cluster-admin")),
              HasSubstr("roleRef: cannot be changed: delete the binding"));
}

TEST_F(RbacKinds, the_watch_decides_by_what_is_written) {
  watch();
  EXPECT_FALSE(may(ann, "get", "team1", "addresses"));
  const std::string bound =
      rbac_yaml("RoleBinding", "name: b, namespace: team1",
                "roleRef: {kind: Role, name: reader}\nsubjects: [{kind: ServiceAccount, name: bot}]\n");
  ASSERT_TRUE(apply(bound));
  const Caller bot{.username = "system:serviceaccount:team1:bot", .groups = {}};
  EXPECT_FALSE(may(bot, "get", "team1", "addresses")) << "the role is not there yet";
  ASSERT_TRUE(apply(bound + reader));
  EXPECT_TRUE(may(bot, "get", "team1", "addresses"));
  EXPECT_FALSE(may(bot, "get", "team2", "addresses"));
  watch();
  EXPECT_TRUE(may(bot, "get", "team1", "addresses")) << "read at a start";
  ASSERT_TRUE(apply(reader));
  EXPECT_FALSE(may(bot, "get", "team1", "addresses")) << "the binding was pruned";
}

TEST_F(RbacKinds, roles_are_there_from_the_start) {
  ASSERT_TRUE(write_builtin_roles(*store_));
  const auto written = version();
  ASSERT_TRUE(write_builtin_roles(*store_));
  EXPECT_EQ(version(), written) << "a second start changes nothing";
  ASSERT_TRUE(apply(binding_yaml("team1", "b", "enmasse.io:tenant-edit")));
  watch();
  EXPECT_TRUE(may(ann, "create", "", "selfsubjectaccessreviews", "authorization.k8s.io"));
  EXPECT_TRUE(may(ann, "list", "", "addressspaceschemas"));
  EXPECT_TRUE(may(ann, "create", "team1", "messagingusers", "user.enmasse.io"));
  EXPECT_FALSE(may(ann, "create", "team2", "messagingusers", "user.enmasse.io"));
  EXPECT_FALSE(may(ann, "get", "team1", "addressspaceplans", "admin.enmasse.io"));
  EXPECT_TRUE(watch_->current()->decide({"system:anonymous", {"system:unauthenticated"}},
                                        {.verb = "get", .path = "/openapi/v3"}));
}

TEST_F(RbacKinds, a_start_brings_back_what_is_missing_but_for_what_somebody_keeps) {
  ASSERT_TRUE(write_builtin_roles(*store_));
  const auto view = key(store_kind::cluster_roles, "", "enmasse.io:tenant-view");
  const auto edit = key(store_kind::cluster_roles, "", "enmasse.io:tenant-edit");
  ASSERT_TRUE(store_->commit(std::vector<Write>{Delete{view, {}}}));
  ASSERT_TRUE(apply(rbac_yaml("ClusterRole",
                              "name: \"enmasse.io:tenant-edit\", annotations: "
                              "{rbac.authorization.kubernetes.io/autoupdate: 'false'}",
                              "rules: []\n")));
  ASSERT_TRUE(write_builtin_roles(*store_));
  EXPECT_TRUE(exists(view));
  EXPECT_EQ(document(edit)["rules"], json::array());
}

TEST_F(RbacKinds, a_write_needs_what_it_grants) {
  ASSERT_TRUE(write_builtin_roles(*store_));
  ASSERT_TRUE(apply(binding_yaml("team1", "b", "enmasse.io:tenant-view")));
  watch();
  const auto policy = watch_->current();
  const auto role = key(store_kind::roles, "team1", "r");
  const auto rules = [](const char* verbs) {
    return json{
        {"rules",
         {{{"apiGroups", {"enmasse.io"}}, {"resources", {"addresses"}}, {"verbs", json::parse(verbs)}}}}};
  };
  EXPECT_EQ(refuse_write(*policy, ann, role, {}, rules(R"(["get"])")), std::nullopt);
  EXPECT_THAT(refuse_write(*policy, ann, role, rules(R"(["get"])"), rules(R"(["get","delete"])")),
              Optional(HasSubstr("Verbs:[\"delete\"]")));
  EXPECT_EQ(refuse_write(*policy, ann, role, rules(R"(["delete"])"), rules(R"(["delete"])")), std::nullopt)
      << "what was there is not granted again";
  EXPECT_EQ(refuse_write(*policy, admin, role, {}, rules(R"(["*"])")), std::nullopt);

  const auto binding = [](const char* name, const char* group) {
    return json{{"roleRef", {{"kind", "ClusterRole"}, {"name", name}}},
                {"subjects", {{{"kind", "Group"}, {"name", group}}}}};
  };
  const auto bound = key(store_kind::role_bindings, "team1", "b2");
  EXPECT_EQ(refuse_write(*policy, ann, bound, {}, binding("enmasse.io:tenant-view", "x")), std::nullopt);
  EXPECT_THAT(refuse_write(*policy, ann, bound, {}, binding("enmasse.io:tenant-edit", "x")),
              Optional(HasSubstr("\"bind\" on clusterroles")));
  EXPECT_NE(refuse_write(*policy, ann, bound, binding("enmasse.io:tenant-edit", "x"),
                         binding("enmasse.io:tenant-edit", "y")),
            std::nullopt)
      << "somebody else would get it";
  EXPECT_EQ(refuse_write(*policy, ann, bound, binding("cluster-admin", "x"), binding("cluster-admin", "x")),
            std::nullopt);
}

TEST_F(RbacKinds, a_realm_by_name_needs_the_verb_claim) {
  ASSERT_TRUE(write_builtin_roles(*store_));
  ASSERT_TRUE(apply(
      rbac_yaml(
          "ClusterRole", "name: claims",
          "rules: [{apiGroups: [enmasse.io], resources: [realms], resourceNames: [mine], verbs: [claim]}]") +
      "\n" +
      rbac_yaml("ClusterRoleBinding", "name: claims",
                "roleRef: {kind: ClusterRole, name: claims}\nsubjects: [{kind: User, name: ann}]\n")));
  watch();
  const auto policy = watch_->current();
  const Caller bob{.username = "bob", .groups = {"system:authenticated"}};
  const auto named = [](const char* realm) {
    return json{{"metadata", {{"annotations", {{"enmasse.io/realm-name", realm}}}}}};
  };
  const auto overridden = [](const char* realm) {
    return json{{"spec", {{"authenticationService", {{"overrides", {{"realm", realm}}}}}}}};
  };
  const auto pinned = [](const char* realm) { return json{{"spec", {{"realm", realm}}}}; };
  const auto shop = space("team1", "shop");
  const auto svc = key(store_kind::authentication_services, "team1", "s");
  const auto user = key(store_kind::messaging_users, "team1", "shop.a");
  EXPECT_THAT(
      refuse_write(*policy, bob, shop, {}, named("mine")),
      Optional(AllOf(HasSubstr("user \"bob\" cannot claim the realm \"mine\""), HasSubstr("\"claim\""))));
  EXPECT_NE(refuse_write(*policy, bob, shop, {}, overridden("mine")), std::nullopt);
  EXPECT_NE(refuse_write(*policy, bob, svc, {}, pinned("mine")), std::nullopt);
  EXPECT_EQ(refuse_write(*policy, ann, shop, {}, named("mine")), std::nullopt);
  EXPECT_NE(refuse_write(*policy, ann, shop, {}, named("theirs")), std::nullopt);
  EXPECT_EQ(refuse_write(*policy, admin, shop, {}, named("theirs")), std::nullopt);
  EXPECT_EQ(refuse_write(*policy, bob, shop, named("mine"), named("mine")), std::nullopt) << "kept as it is";
  EXPECT_EQ(refuse_write(*policy, bob, shop, named("mine"), json::object()), std::nullopt) << "given up";
  EXPECT_NE(refuse_write(*policy, bob, shop, named("mine"), named("theirs")), std::nullopt);
  EXPECT_EQ(refuse_write(*policy, bob, user, {}, named("mine")), std::nullopt) << "no address space";
}

}  // namespace
}  // namespace doorward::resources
