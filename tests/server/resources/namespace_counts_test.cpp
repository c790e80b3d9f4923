// How many objects a namespace has: counted once, then followed.
#include "server/resources/namespace_counts.hpp"

#include "tests/server/resources/workbench.hpp"

namespace doorward::resources {
namespace {

class NamespaceCountsOf : public Workbench {
 protected:
  std::uint64_t users_of(const std::string& ns) {
    return counts_.of(store_kind::messaging_users, ns).value();
  }
  // Straight into the store.
  static Write put(const std::string& name, const std::string& ns = "team1",
                   std::string_view kind = store_kind::messaging_users) {
    return Put{.object = {.key = {std::string(kind), ns, name},
                          .uid = name,
                          .created_at = "2026-01-01T00:00:00Z",
                          .document = "{}"}};
  }
  void commit(std::vector<Write> writes) { ASSERT_TRUE(store_->commit(writes)); }

  NamespaceCounts counts_{*store_};
};

TEST_F(NamespaceCountsOf, a_kind_are_those_of_that_namespace) {
  commit({put("shop.a"), put("b"), put(".c"), put("a", "team2"), put("a", "team"),
          put("a", "team1", store_kind::addresses), put("a", "", store_kind::cluster_roles)});
  EXPECT_EQ(users_of("team1"), 3u);
  EXPECT_EQ(users_of("team2"), 1u);
  EXPECT_EQ(users_of("team3"), 0u);
  EXPECT_EQ(counts_.of(store_kind::cluster_roles, ""), 1u);
  EXPECT_EQ(counts_.of(store_kind::roles, ""), 0u);
}

TEST_F(NamespaceCountsOf, more_objects_than_a_page_are_all_of_them) {
  std::vector<Write> writes;
  for (int i = 0; i < 2'001; ++i) writes.push_back(put("u" + std::to_string(i)));
  commit(std::move(writes));
  commit({put("u0", "team2")});
  EXPECT_EQ(users_of("team1"), 2'001u);
}

TEST_F(NamespaceCountsOf, a_namespace_follow_what_is_written) {
  EXPECT_EQ(users_of("team1"), 0u);
  commit({put("a"), put("b"), put("a", "team2")});
  EXPECT_EQ(users_of("team1"), 2u);
  commit({put("a")});
  EXPECT_EQ(users_of("team1"), 2u) << "a change makes no other object";
  commit({Delete{.key = user("a")}});
  EXPECT_EQ(users_of("team1"), 1u);
  EXPECT_EQ(users_of("team2"), 1u);
  ASSERT_TRUE(store_->compact(version()));
  commit({put("a")});
  EXPECT_EQ(users_of("team1"), 2u) << "and need no history for it";
}

TEST_F(NamespaceCountsOf, more_namespaces_than_are_remembered_are_right_all_the_same) {
  commit({put("a")});
  EXPECT_EQ(users_of("team1"), 1u);
  for (std::size_t i = 0; i < NamespaceCounts::max_counts; ++i) users_of("other" + std::to_string(i));
  commit({put("b")});
  EXPECT_EQ(users_of("team1"), 2u);
}

}  // namespace
}  // namespace doorward::resources
