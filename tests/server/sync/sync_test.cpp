// Manifests brought to the REST API: what is made, changed, pruned and left, in any order, twice; and that no
// secret is told.
#include "server/sync/each_in_order.hpp"
#include "tests/server/sync/sync_house.hpp"

#include <atomic>
#include <span>
#include <thread>
#include <vector>

namespace doorward::sync {
namespace {

using resources::alice;
using resources::service;
using resources::shop;
using resources::user_yaml;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Sync : public SyncHouse {};

TEST_F(Sync, applies_in_any_order_and_the_second_time_changes_nothing) {
  EXPECT_EQ(sync(alice + shop + service, true), "3, 0, 0, 0, 0");
  EXPECT_TRUE(logs_in("team1-shop", "alice"));
  EXPECT_EQ(user_status("team1", "shop.alice")["phase"], "Active");
  EXPECT_EQ(document(user_key("shop.alice"))["metadata"]["labels"]["doorward.io/synced-by"], "default");
  const auto before = version();
  EXPECT_EQ(sync(service + shop + alice), "0, 0, 0, 3, 0");
  EXPECT_EQ(version(), before) << "not a single write";
}

TEST_F(Sync, takes_back_what_it_no_longer_says_and_leaves_what_others_say) {
  ASSERT_EQ(sync(service + shop + user_yaml("team1", "shop.alice", "alice")), "3, 0, 0, 0, 0");
  ASSERT_EQ(patch(rest::users_path + "/shop.alice", {{"metadata", {{"labels", {{"theirs", "a"}}}}}}).status,
            200);
  EXPECT_EQ(sync(service + shop +
                 user_yaml("team1", "shop.alice", "alice", "previousPasswordUntil: 2026-01-01T00:00:00Z")),
            "0, 1, 0, 2, 0");
  EXPECT_EQ(sync(service + shop + alice), "0, 1, 0, 2, 0");
  EXPECT_FALSE(document(user_key("shop.alice"))["spec"]["authentication"].contains("previousPasswordUntil"));
  EXPECT_EQ(document(user_key("shop.alice"))["metadata"]["labels"]["theirs"], "a");
}

TEST_F(Sync, prunes_what_it_applied_and_nothing_else) {
  ASSERT_EQ(sync(service + shop + alice + user_yaml("team1", "shop.bob", "bob")), "4, 0, 0, 0, 0");
  ASSERT_EQ(post(rest::users_path, federated("shop.eve")).status, 201);
  EXPECT_EQ(sync(service + shop + alice), "0, 0, 0, 3, 0") << "not asked to prune";
  sync_.prune = true;
  EXPECT_EQ(sync(service + shop + alice), "0, 0, 1, 3, 0");
  EXPECT_FALSE(exists(user_key("shop.bob")));
  EXPECT_TRUE(exists(user_key("shop.eve"))) << "nobody synced it";
  sync_.set = "another";
  EXPECT_EQ(sync(""), "0, 0, 0, 0, 0");
  sync_.set = "default";
  EXPECT_EQ(sync(""), "0, 0, 3, 0, 0");
}

TEST_F(Sync, gives_a_name_that_pruning_frees_to_its_next_holder) {
  sync_.prune = true;
  ASSERT_EQ(sync(service + shop + alice), "3, 0, 0, 0, 0");
  EXPECT_EQ(sync(service + shop + user_yaml("team1", "shop.the-other", "alice", "password: b3RoZXI=")),
            "1, 0, 1, 2, 0");
  EXPECT_TRUE(logs_in("team1-shop", "alice", "other"));
}

TEST_F(Sync, applies_anew_what_goes_with_a_pruned_space) {
  sync_.prune = true;
  ASSERT_EQ(sync(service + shop + alice), "3, 0, 0, 0, 0");
  EXPECT_EQ(sync(service + alice), "1, 0, 1, 2, 0");
  EXPECT_EQ(user_status("team1", "shop.alice")["phase"], "Pending");
}

TEST_F(Sync, does_not_prune_what_it_cannot_replace) {
  ASSERT_EQ(sync(service + shop + alice), "3, 0, 0, 0, 0");
  sync_.prune = true;
  const std::string too_long = "previousPasswordUntil: 2099-01-01T00:00:00Z\n    password: bmV3";
  EXPECT_EQ(sync(service + user_yaml("team1", "shop.bob", "bob", too_long)), "0, 0, 0, 1, 1");
  EXPECT_THAT(told(), HasSubstr("previousPasswordUntil"));
  EXPECT_THAT(remarks_, ElementsAre(HasSubstr("nothing was pruned")));
  EXPECT_TRUE(exists(user_key("shop.alice")));
}

TEST_F(Sync, leaves_what_a_folder_of_the_server_holds) {
  ASSERT_TRUE(apply(service + shop));
  ASSERT_EQ(sync(service + shop + alice), "1, 2, 0, 0, 0");
  sync_.prune = true;
  EXPECT_EQ(sync(""), "0, 0, 1, 0, 0");
  EXPECT_TRUE(exists(space("team1", "shop")));
  EXPECT_FALSE(exists(user_key("shop.alice")));
  EXPECT_THAT(remarks_, ElementsAre(HasSubstr("2 objects of the set were not pruned")));
}

// A team's rights: everything, in its own namespace.
class OnlyTeam1 : public rest::Authorizer {
 public:
  Decision decide(const rbac::Caller&, const rbac::Access& access) const override {
    return {.allowed = access.ns == "team1", .reason = "of another team"};
  }
};

TEST_F(Sync, prunes_in_its_own_namespace_where_no_other_may_be_seen) {
  ASSERT_EQ(sync(service + shop + alice + resources::space_yaml("team2", "shop")), "4, 0, 0, 0, 0");
  const OnlyTeam1 authorizer;
  api_ = rest::Api::make(
             {.store = *store_, .authorizer = authorizer, .settings = options_.settings, .turns = turns_})
             .value();
  sync_.prune = true;
  EXPECT_EQ(sync(shop), "0, 0, 1, 1, 0");
  EXPECT_FALSE(exists(user_key("shop.alice")));
  EXPECT_TRUE(exists(space("team2", "shop")));
  EXPECT_THAT(remarks_, ElementsAre(HasSubstr("may not list: clusterrolebindings, clusterroles")));
  EXPECT_EQ(sync(""), "0, 0, 0, 0, 0");
  EXPECT_THAT(remarks_, ElementsAre(HasSubstr("messagingusers")));
  api_.reset();
}

TEST_F(Sync, shows_what_would_change_and_changes_nothing) {
  ASSERT_EQ(sync(service + shop + alice), "3, 0, 0, 0, 0");
  const auto before = version();
  sync_.dry_run = sync_.prune = true;
  EXPECT_EQ(sync(service + shop + alice), "0, 0, 0, 3, 0");
  EXPECT_EQ(sync(service + shop + user_yaml("team1", "shop.bob", "bob", "password: bmV3LXNlY3JldA==")),
            "1, 0, 1, 2, 0");
  EXPECT_THAT(told(),
              HasSubstr("MessagingUser team1/shop.bob \n+ apiVersion: \"user.enmasse.io/v1beta1\"\n"));
  EXPECT_THAT(told(), HasSubstr("+ spec.username: \"bob\"\n"));
  EXPECT_THAT(told(), HasSubstr("MessagingUser team1/shop.alice \n- "));
  EXPECT_EQ(version(), before);
}

TEST_F(Sync, tells_of_a_new_password_that_it_is_new) {
  ASSERT_EQ(sync(service + shop + alice), "3, 0, 0, 0, 0");
  sync_.dry_run = true;
  EXPECT_EQ(sync(user_yaml("team1", "shop.alice", "alice", "password: bmV3LXNlY3JldA==")), "0, 1, 0, 0, 0");
  EXPECT_EQ(told_.at(0).lines,
            std::vector<std::string>{"~ spec.authentication: the secret differs (never shown)"});
  EXPECT_THAT(told(), AllOf(Not(HasSubstr("bmV3")), Not(HasSubstr("new-secret"))));
}

TEST_F(Sync, does_not_take_a_field_from_another_manager_unasked) {
  ASSERT_EQ(sync(service + shop + alice), "3, 0, 0, 0, 0");
  sync_.set = "another";
  EXPECT_EQ(sync(alice), "0, 0, 0, 0, 1");
  EXPECT_THAT(told(), AllOf(HasSubstr("doorward-sync-default"), HasSubstr("synced without --set"),
                            HasSubstr("--force-conflicts")));
  sync_.force = true;
  EXPECT_EQ(sync(alice), "0, 1, 0, 0, 0");
  EXPECT_EQ(document(user_key("shop.alice"))["metadata"]["labels"]["doorward.io/synced-by"], "another");
}

TEST_F(Sync, goes_on_behind_what_fails_and_ends_where_nobody_answers) {
  ASSERT_EQ(sync(service + shop + alice + user_yaml("team1", "shop.bob", "alice")), "3, 0, 0, 0, 1");
  EXPECT_THAT(told(), HasSubstr("spec.username"));
  requests_left_ = 3;
  EXPECT_EQ(sync(service + shop), "nobody answers");
}

TEST_F(Sync, brings_several_at_once_and_tells_of_them_in_order) {
  sync_.at_once = 4;
  std::string users;
  std::vector<std::string> names;
  for (int i = 10; i < 30; ++i) {
    names.push_back("MessagingUser team1/shop.u" + std::to_string(i));
    users += user_yaml("team1", "shop.u" + std::to_string(i), "u" + std::to_string(i));
  }
  ASSERT_EQ(sync(users + shop + service, true), "22, 0, 0, 0, 0");
  std::vector<std::string> told;
  for (const SyncEvent& event : told_) told.push_back(event.object);
  names.insert(names.begin(),
               {"AuthenticationService default/standard-authservice", "AddressSpace team1/shop"});
  EXPECT_EQ(told, names);
  EXPECT_EQ(user_status("team1", "shop.u29")["phase"], "Active");
  EXPECT_TRUE(logs_in("team1-shop", "u10"));
  EXPECT_EQ(sync(users + shop + service), "0, 0, 0, 22, 0");
  requests_left_ = 10;
  EXPECT_EQ(sync(users + shop + service), "nobody answers");
}

TEST(EachInOrder, has_no_more_under_way_than_it_may_and_ends_at_the_first_error) {
  std::vector<int> items(50);
  std::ranges::generate(items, [next = 0]() mutable { return next++; });
  std::atomic<int> under_way = 0, most = 0;
  std::vector<int> taken;
  const auto square = [&](int item) {
    const int now = ++under_way;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    std::this_thread::yield();
    --under_way;
    return item * item;
  };
  const auto done = each_in_order(std::span(items), 3, square, [&](int item, int answer) -> Result<> {
    EXPECT_EQ(answer, item * item);
    taken.push_back(item);
    if (item == 40) return fail(ErrorCode::unavailable, "enough");
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "enough");
  items.resize(41);
  EXPECT_EQ(taken, items);
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 1);
  EXPECT_EQ(under_way, 0);
}

TEST_F(Sync, passes_warnings_on) {
  ASSERT_EQ(sync(service + shop +
                 user_yaml("team1", "shop.alice", "alice", "password: cGVuY2ls",
                           "  - {addresses: ['#'], operations: [recv]}\n")),
            "3, 0, 0, 0, 0");
  EXPECT_THAT(told_.back().warnings, Contains(HasSubstr("#")));
}

TEST(SyncSet, is_named_as_a_label_may_be) {
  for (const std::string& name : {std::string("a"), std::string("A1.b_c-d"), std::string(63, 'x')})
    EXPECT_TRUE(is_set_name(name)) << name;
  for (const std::string& name : {std::string(), std::string("-a"), std::string("a."), std::string("a b"),
                                  std::string("a/b"), std::string(64, 'x')})
    EXPECT_FALSE(is_set_name(name)) << name;
}

}  // namespace
}  // namespace doorward::sync
