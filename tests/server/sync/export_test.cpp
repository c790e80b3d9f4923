// What is exported rebuilds what was there: the same logins, and nothing left to change.
#include "server/sync/export.hpp"

#include "server/resources/builtin_roles.hpp"
#include "server/resources/document/yaml_writer.hpp"
#include "server/resources/kinds/uid.hpp"
#include "tests/server/sync/sync_house.hpp"

namespace doorward::sync {
namespace {

using resources::alice;
using resources::service;
using resources::shop;
using resources::user_yaml;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

const std::string roles = R"yaml(---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: users, namespace: team1, labels: {a: "yes"}}
rules: [{apiGroups: [user.enmasse.io], resources: [messagingusers], verbs: [get]}]
)yaml";

class Export : public SyncHouse {
 protected:
  std::string exported(const std::string& ns = "") {
    std::string yaml;
    const auto count =
        export_all(asking(), ns, [&](const json& object) { yaml += "---\n" + resources::to_yaml(object); });
    return count ? yaml : count.error().message;
  }

  // Another instance, with nothing in it.
  void empty() {
    api_.reset();
    store_.reset();
    for (const char* file : {"doorward.db", "doorward.db-wal", "doorward.db-shm"})
      std::filesystem::remove(folder_.path() / file);
    options_.settings.members = std::make_shared<resources::MemberCounts>();
    restart();
    ASSERT_FALSE(logs_in("team1-shop", "alice"));
  }
};

TEST_F(Export, leaves_out_what_the_server_says_by_itself) {
  ASSERT_TRUE(resources::write_builtin_roles(*store_));
  ASSERT_TRUE(apply(service + shop + alice));
  ASSERT_EQ(sync(roles), "1, 0, 0, 0, 0");
  const std::string yaml = exported();
  EXPECT_THAT(yaml, AllOf(HasSubstr("kind: AuthenticationService\n"), HasSubstr("kind: AddressSpace\n"),
                          HasSubstr("name: shop.alice\n"), HasSubstr("    a: \"yes\"\n")));
  for (const char* ours :
       {"status:", "uid:", "resourceVersion", "generation", "creationTimestamp", "managedFields", "applied",
        "synced-by", "cluster-admin", "AddressSpaceSchema", "password:", "cGVuY2ls"})
    EXPECT_THAT(yaml, Not(HasSubstr(ours))) << ours;
}

constexpr const char* plan_of_three =
    "---\napiVersion: admin.enmasse.io/v1beta2\nkind: AddressSpacePlan\nmetadata: {name: small}\nspec: "
    "{addressSpaceType: brokered, addressPlans: [], resourceLimits: {messaging-users: 3}}\n";

// A limit that shrinks locks nobody out, so there may be more users than it says.
TEST_F(Export, of_more_users_than_their_plan_allows_rebuilds_an_instance_where_the_last_ones_wait) {
  const std::string users = user_yaml("team1", "shop.c", "c") + alice + user_yaml("team1", "shop.b", "b");
  ASSERT_TRUE(apply(service + shop + plan_of_three + users));
  ASSERT_EQ(patch("/apis/admin.enmasse.io/v1beta2/namespaces/default/addressspaceplans/small",
                  {{"spec", {{"resourceLimits", {{"messaging-users", 2}}}}}})
                .status,
            200);
  ASSERT_TRUE(logs_in("team1-shop", "c"));
  const std::string yaml = exported();

  empty();
  EXPECT_EQ(sync(yaml), "6, 0, 0, 0, 0");
  const auto of_c = std::ranges::find(told_, "MessagingUser team1/shop.c", &SyncEvent::object);
  ASSERT_NE(of_c, told_.end());
  EXPECT_THAT(of_c->warnings,
              Contains(HasSubstr("the user is Pending: AddressSpacePlan \"small\" allows 2 users "
                                 "(messaging-users) for each address space, and team1/shop would have 3")));
  EXPECT_TRUE(logs_in("team1-shop", "alice"));
  EXPECT_TRUE(logs_in("team1-shop", "b"));
  EXPECT_FALSE(logs_in("team1-shop", "c"));
  EXPECT_EQ(user_status("team1", "shop.c")["phase"], "Pending");
  EXPECT_EQ(exported(), yaml);
  EXPECT_EQ(sync(yaml), "0, 0, 0, 6, 0");
  ASSERT_EQ(remove(rest::users_path + "/shop.alice").status, 200);
  EXPECT_TRUE(logs_in("team1-shop", "c")) << "there is room now";

  empty();
  ASSERT_TRUE(apply(yaml)) << "as a folder";
  EXPECT_TRUE(logs_in("team1-shop", "b"));
  EXPECT_FALSE(logs_in("team1-shop", "c"));
}

TEST_F(Export, rebuilds_an_instance_with_the_same_logins) {
  ASSERT_TRUE(apply(service + shop + alice + user_yaml("team1", "shop.bob", "bob")));
  ASSERT_TRUE(post(rest::users_path, federated("shop.eve")).status == 201);
  json change{{"spec", {{"authentication", {{"password", base64_encode("other")}}}}}};
  const auto soon =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + std::chrono::hours(1);
  change["spec"]["authentication"]["previousPasswordUntil"] = resources::rfc3339(soon);
  ASSERT_EQ(patch(rest::users_path + "/shop.bob", change).status, 200);
  const std::string yaml = exported();

  empty();
  EXPECT_EQ(sync(yaml), "5, 0, 0, 0, 0");
  EXPECT_TRUE(logs_in("team1-shop", "alice"));
  EXPECT_TRUE(logs_in("team1-shop", "bob", "other"));
  EXPECT_TRUE(logs_in("team1-shop", "bob", "pencil")) << "the rotation goes on";
  EXPECT_FALSE(logs_in("team1-shop", "bob", "wrong"));
  const auto before = version();
  EXPECT_EQ(sync(yaml), "0, 0, 0, 5, 0");
  EXPECT_EQ(version(), before);
  EXPECT_EQ(exported(), yaml);
}

TEST_F(Export, of_one_namespace_has_nothing_of_another) {
  ASSERT_TRUE(apply(service + shop + resources::space_yaml("team2", "shop")));
  EXPECT_THAT(exported("team2"), AllOf(HasSubstr("namespace: team2\n"), Not(HasSubstr("namespace: team1\n")),
                                       Not(HasSubstr("AuthenticationService"))));
}

TEST_F(Export, is_an_error_as_a_whole_where_a_part_cannot_be_read) {
  ASSERT_TRUE(apply(service + shop + alice));
  caller_ = {"nobody", {}};
  EXPECT_THAT(exported(), HasSubstr("cannot list resource"));
}

}  // namespace
}  // namespace doorward::sync
