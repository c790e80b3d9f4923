// How many users a space has: counted once, then followed.
#include "server/resources/member_counts.hpp"

#include "tests/server/resources/workbench.hpp"

namespace doorward::resources {
namespace {

class MemberCountsOf : public Workbench {
 protected:
  std::optional<std::uint64_t> users_of(const std::string& name, const std::string& ns = "team1") {
    return counts_.of(*store_, store_kind::messaging_users, {ns, name});
  }
  // Straight into the store.
  void put(const std::string& name, const std::string& ns = "team1") {
    const ObjectKey key{std::string(store_kind::messaging_users), ns, name};
    const Write write =
        Put{.object = {.key = key, .uid = name, .created_at = "2026-01-01T00:00:00Z", .document = "{}"}};
    ASSERT_TRUE(store_->commit(std::span(&write, 1)));
  }
  void remove(const std::string& name) {
    const Write write = Delete{.key = user(name)};
    ASSERT_TRUE(store_->commit(std::span(&write, 1)));
  }

  MemberCounts counts_;
};

TEST_F(MemberCountsOf, a_space_are_those_whose_name_begins_with_its) {
  for (const char* name : {"shop.a", "shop.b", "shop.b.c", "shop-two.a", "sho.a", "shop2.a"}) put(name);
  put("shop.a", "team2");
  EXPECT_EQ(users_of("shop"), 3u);
  EXPECT_EQ(users_of("shop", "team2"), 1u);
  EXPECT_EQ(users_of("sho"), 1u);
  EXPECT_EQ(users_of("none"), 0u);
}

TEST_F(MemberCountsOf, more_users_than_a_page_are_all_of_them) {
  std::vector<Write> writes;
  for (int i = 0; i < 1'001; ++i)
    writes.push_back(Put{.object = {.key = user("shop.u" + std::to_string(i)),
                                    .uid = std::to_string(i),
                                    .created_at = "2026-01-01T00:00:00Z",
                                    .document = "{}"}});
  ASSERT_TRUE(store_->commit(writes));
  put("shop-two.a");
  EXPECT_EQ(users_of("shop"), 1'001u);
}

TEST_F(MemberCountsOf, a_space_follow_what_is_written) {
  EXPECT_EQ(users_of("shop"), 0u);
  put("shop.a");
  put("shop.b");
  put("other.a");
  EXPECT_EQ(users_of("shop"), 2u);
  put("shop.a");
  EXPECT_EQ(users_of("shop"), 2u) << "a change makes no other user";
  remove("shop.a");
  EXPECT_EQ(users_of("shop"), 1u);
  EXPECT_EQ(users_of("other"), 1u);
}

TEST_F(MemberCountsOf, a_space_are_counted_anew_once_history_is_gone) {
  put("shop.a");
  EXPECT_EQ(users_of("shop"), 1u);
  put("shop.b");
  put("shop.c");
  ASSERT_TRUE(store_->compact(version()));
  EXPECT_EQ(users_of("shop"), std::nullopt) << "what happened meanwhile is not known";
  EXPECT_EQ(users_of("shop"), 3u);
  put("shop.d");
  EXPECT_EQ(users_of("shop"), 4u);
}

// As a writer sees it: with room, without, and with room again.
TEST_F(MemberCountsOf, a_space_let_in_as_many_users_as_its_plan_says) {
  const std::string plan =
      "---\napiVersion: admin.enmasse.io/v1beta2\nkind: AddressSpacePlan\nmetadata: {name: small}\nspec: "
      "{addressSpaceType: brokered, addressPlans: [], resourceLimits: {messaging-users: 2}}\n";
  options_.prune = false;
  ASSERT_TRUE(apply(service + plan + shop));
  ASSERT_TRUE(apply(user_yaml("team1", "shop.a", "a")));
  ASSERT_TRUE(apply(user_yaml("team1", "shop.b", "b")));
  const std::string c = user_yaml("team1", "shop.c", "c");
  EXPECT_TRUE(apply(c));
  EXPECT_EQ(user_status("team1", "shop.c")["phase"], "Pending");
  EXPECT_EQ(outcome(user_yaml("team1", "shop.b", "b")), "0 created, 0 changed, 0 deleted, 1 unchanged");
  remove("shop.a");
  EXPECT_TRUE(apply(c));
  EXPECT_EQ(user_status("team1", "shop.c")["phase"], "Active");
}

}  // namespace
}  // namespace doorward::resources
