// Objects of a folder that somebody else's are in the way of: they stay as they are, and all the rest of the
// folder is applied, deletions above all.
#include "tests/server/resources/workbench.hpp"

namespace doorward::resources {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string mallory = user_yaml("team1", "shop.mallory", "mallory");
const std::string nothing = "{apiVersion: v1, kind: List, items: []}\n";

std::string federated_yaml(std::string_view name, std::string_view federated_name) {
  return "---\napiVersion: user.enmasse.io/v1beta1\nkind: MessagingUser\nmetadata: {namespace: team1, "
         "name: " +
         std::string(name) + "}\nspec:\n  username: " + std::string(name.substr(name.find('.') + 1)) +
         "\n  authentication:\n    type: federated\n    provider: staff\n    federatedUsername: \"" +
         std::string(federated_name) + "\"\n";
}

class HeldBackObjects : public Workbench {
 protected:
  // As a tenant writes through the REST API: the label stays that of whoever applied the object.
  void tenant_writes(const std::string& yaml, bool in_place_of_the_folder = false) {
    ApplyOptions tenants = options_;
    tenants.prune = false;
    if (!in_place_of_the_folder) tenants.owner = "somebody";
    const auto report = resources::apply(*store_, read_yaml(yaml, "tenant.yaml"), tenants);
    ASSERT_TRUE(report) << texts(report.error().faults).front();
    ASSERT_TRUE(report->held_back.empty());
  }
};

TEST_F(HeldBackObjects, a_taken_username_does_not_keep_others_from_being_deleted) {
  ASSERT_TRUE(apply(service + shop + alice + mallory));
  tenant_writes(user_yaml("team1", "shop.alice", "alice2"), true);
  tenant_writes(user_yaml("team1", "shop.squat", "alice"));
  EXPECT_EQ(outcome(service + shop + alice),
            "0 created, 0 changed, 1 deleted, 2 unchanged\nheld back: m.yaml:24: MessagingUser "
            "team1/shop.alice: spec.username: \"alice\" is the username of MessagingUser team1/shop.squat in "
            "the same address space: choose another one");
  EXPECT_FALSE(logs_in("team1-shop", "mallory"));
  EXPECT_TRUE(logs_in("team1-shop", "alice2")) << "as it was";
  // The folder still owns it.
  EXPECT_EQ(outcome(service + shop), "0 created, 0 changed, 1 deleted, 2 unchanged");
  EXPECT_FALSE(logs_in("team1-shop", "alice2"));
  EXPECT_TRUE(logs_in("team1-shop", "alice")) << "the one that is not of the folder";
}

TEST_F(HeldBackObjects, come_in_when_what_was_in_the_way_is_gone) {
  tenant_writes(user_yaml("team1", "shop.squat", "alice"));
  EXPECT_THAT(outcome(service + shop + alice),
              StartsWith("2 created, 1 changed, 0 deleted, 0 unchanged\nheld back: "));
  EXPECT_FALSE(exists(user("shop.alice")));
  tenant_writes(user_yaml("team1", "shop.squat", "squat"));
  EXPECT_EQ(outcome(service + shop + alice), "1 created, 0 changed, 0 deleted, 2 unchanged");
  EXPECT_TRUE(logs_in("team1-shop", "alice"));
}

TEST_F(HeldBackObjects, keep_what_the_next_one_wants_and_a_chain_of_them_is_followed_to_its_end) {
  const auto users = [](std::string_view shift) {
    std::string yaml;
    for (int i = 0; i < 30; ++i)
      yaml += user_yaml("team1", "shop.u" + std::to_string(100 + i),
                        "name" + std::to_string(shift.empty() ? i : i + 1));
    return yaml;
  };
  ASSERT_TRUE(apply(service + shop + users("") + mallory));
  tenant_writes(users("by one"), true);
  tenant_writes(user_yaml("team1", "shop.squat", "name0"));
  const auto report = apply(service + shop + users(""));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->deleted, 1u);
  EXPECT_EQ(report->held_back.size(), 30u);
  EXPECT_THAT(report->held_back[29].text(),
              HasSubstr("shop.u129: spec.username: \"name29\" is the username of MessagingUser "
                        "team1/shop.u128"));
}

TEST_F(HeldBackObjects, a_federated_identity_that_another_user_has_is_not_taken) {
  tenant_writes(service + shop + federated_yaml("shop.squat", "Ann@EXAMPLE.COM"));
  EXPECT_THAT(outcome(federated_yaml("shop.ann", "Ann@EXAMPLE.COM") + alice),
              AllOf(StartsWith("1 created, 0 changed, 0 deleted, 0 unchanged\nheld back: m.yaml:10: "),
                    EndsWith("is MessagingUser team1/shop.squat in the same address space: one of them must "
                             "go")));
  EXPECT_TRUE(logs_in("team1-shop", "alice"));
}

TEST_F(HeldBackObjects, a_realm_of_another_namespace_holds_back_its_space_and_its_users_wait) {
  ASSERT_TRUE(apply(service + shop + mallory));
  tenant_writes(space_yaml("t2", "deep-x"));
  const std::string deep = space_yaml("t2-deep", "x") + user_yaml("t2-deep", "x.ann", "ann");
  EXPECT_THAT(outcome(service + shop + deep),
              AllOf(StartsWith("1 created, 0 changed, 1 deleted, 2 unchanged\nheld back: m.yaml:22: "
                               "AddressSpace t2-deep/x: metadata.name: the realm \"t2-deep-x\" is that of "
                               "AddressSpace t2/deep-x: ")));
  EXPECT_FALSE(logs_in("team1-shop", "mallory"));
  EXPECT_EQ(user_status("t2-deep", "x.ann")["phase"], "Pending");
}

TEST_F(HeldBackObjects, so_does_a_realm_that_stays_reserved_when_that_space_is_deleted) {
  ASSERT_TRUE(apply(service + shop + mallory));
  tenant_writes(space_yaml("t2", "deep-x"));
  options_.owner = "somebody";
  ASSERT_TRUE(apply(nothing));
  ASSERT_FALSE(exists(space("t2", "deep-x")));
  options_.owner = "resources";
  EXPECT_THAT(outcome(service + shop + space_yaml("t2-deep", "x")),
              AllOf(StartsWith("0 created, 0 changed, 1 deleted, 2 unchanged\nheld back: m.yaml:"),
                    HasSubstr("AddressSpace t2-deep/x: "), HasSubstr("is reserved for another namespace")));
  EXPECT_FALSE(logs_in("team1-shop", "mallory"));
}

TEST_F(HeldBackObjects, a_service_that_others_are_pinned_to_holds_back_the_space_and_the_rest_is_applied) {
  const std::string pinned = service_yaml("a", "standard", "  realm: pinned\n");
  const std::string named = "  authenticationService: {name: a}\n";
  ASSERT_TRUE(apply(pinned + mallory));
  tenant_writes(space_yaml("team2", "lab", named));
  EXPECT_THAT(outcome(pinned + space_yaml("team1", "shop", named) + alice),
              AllOf(StartsWith("1 created, 0 changed, 1 deleted, 1 unchanged\nheld back: m.yaml:18: "
                               "AddressSpace team1/shop: spec.authenticationService: "),
                    HasSubstr("AddressSpace team2/lab has it")));
}

TEST_F(HeldBackObjects, a_service_whose_change_would_put_others_in_conflict_stays_as_it_is) {
  const std::string pinned = service_yaml("a", "standard", "  realm: pinned\n"), unpinned = service_yaml("a");
  const std::string theirs =
      space_yaml("t", "x-y", "  authenticationService: {name: a}\n") + service_yaml("b");
  const std::string holds_back = "held back: m.yaml:2: AuthenticationService default/a: AddressSpace t/x-y ";
  ASSERT_TRUE(apply(pinned + mallory));
  tenant_writes(theirs + space_yaml("t-x", "y", "  authenticationService: {name: b}\n"));
  EXPECT_THAT(outcome(unpinned),
              AllOf(StartsWith("0 created, 0 changed, 1 deleted, 0 unchanged\n" + holds_back),
                    HasSubstr("metadata.name: the realm \"t-x-y\" is that of AddressSpace t-x/y")));
  EXPECT_EQ(space_status("t", "x-y")["realm"], "pinned");
  // A realm that was left reserved is the other's as well.
  ApplyOptions tenants = options_;
  tenants.owner = "somebody";
  ASSERT_TRUE(resources::apply(*store_, read_yaml(theirs, "tenant.yaml"), tenants));
  ASSERT_FALSE(exists(space("t-x", "y")));
  EXPECT_THAT(outcome(unpinned), AllOf(HasSubstr(holds_back), HasSubstr("reserved for another namespace")));
  // Without it the space waits, in the realm that it was given.
  EXPECT_EQ(outcome(nothing), "0 created, 1 changed, 1 deleted, 0 unchanged");
  EXPECT_EQ(space_status("t", "x-y")["realm"], "pinned");
  EXPECT_EQ(space_status("t", "x-y")["isReady"], false);
}

TEST_F(HeldBackObjects, a_binding_that_was_made_anew_for_another_role_stays) {
  const auto binding = [](std::string_view role) {
    return "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {namespace: team1, "
           "name: b}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: " +
           std::string(role) +
           "}\nsubjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: tom}]\n";
  };
  tenant_writes(binding("x"));
  EXPECT_THAT(
      outcome(binding("y") + service),
      StartsWith(
          "1 created, 0 changed, 0 deleted, 0 unchanged\nheld back: m.yaml:5: RoleBinding team1/b: roleRef"));
}

TEST_F(HeldBackObjects, a_user_without_a_password_is_one_where_it_was_deleted) {
  const std::string bare =
      "---\napiVersion: user.enmasse.io/v1beta1\nkind: MessagingUser\nmetadata: "
      "{namespace: team1, name: shop.bob}\nspec:\n  username: bob\n  authentication: "
      "{type: password}\n";
  EXPECT_THAT(outcome(service + shop + bare), Not(HasSubstr("created"))) << "on a new store it is a mistake";
  EXPECT_EQ(version(), 0u);
  ASSERT_TRUE(apply(service + mallory));
  EXPECT_THAT(outcome(service + shop + bare),
              AllOf(StartsWith("1 created, 0 changed, 1 deleted, 1 unchanged\nheld back: "),
                    HasSubstr("MessagingUser team1/shop.bob: spec.authentication")));
}

TEST_F(HeldBackObjects, do_not_excuse_the_faults_of_the_folder) {
  tenant_writes(service + shop + user_yaml("team1", "shop.squat", "alice"));
  const auto before = version();
  const std::string twice = alice + user_yaml("team1", "shop.bob", "alice");
  EXPECT_THAT(outcome(twice),
              HasSubstr("m.yaml:22: MessagingUser team1/shop.bob: spec.username: \"alice\" is "
                        "the username of MessagingUser team1/shop.alice"));
  EXPECT_THAT(outcome(alice + service_yaml("b", "some")),
              AllOf(HasSubstr("AuthenticationService default/b: spec.type: "),
                    HasSubstr("is the username of MessagingUser team1/shop.squat")))
      << "all that is wrong is told at once";
  EXPECT_EQ(version(), before);
}

}  // namespace
}  // namespace doorward::resources
