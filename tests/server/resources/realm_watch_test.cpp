// The table of realms follows the store.
#include "server/resources/realm_watch.hpp"

#include "tests/server/resources/workbench.hpp"

#include <atomic>
#include <optional>
#include <set>
#include <thread>

namespace doorward::resources {
namespace {

class Realms : public Workbench {
 protected:
  void SetUp() override { watch_ = std::move(RealmWatch::start(*store_).value()); }
  // `SPACE by SERVICE TYPE`, with `not ready` behind it where it is not.
  std::string at(std::string_view realm) {
    const auto found = find(realm);
    if (!found) return "none";
    return found->address_space.text() + " by " + found->service.text() + " " +
           std::string(to_string(found->type)) + (found->ready ? "" : ", not ready");
  }
  // By the table that followed the store, which must agree with one that is made of what the store has kept.
  std::optional<RealmService> find(std::string_view realm) {
    const auto in = [&](const RealmWatch& watch) {
      const auto table = watch.current();
      const RealmService* found = table->find(realm);
      return found == nullptr ? std::nullopt : std::optional(*found);
    };
    auto found = in(*watch_);
    EXPECT_EQ(found, in(*RealmWatch::start(*store_).value())) << "after a restart";
    return found;
  }

  std::unique_ptr<RealmWatch> watch_;
};

TEST_F(Realms, are_there_when_the_write_returns) {
  EXPECT_EQ(watch_->current()->size(), 0u);
  ASSERT_TRUE(apply(service + shop));
  EXPECT_EQ(at("team1-shop"), "team1/shop by default/standard-authservice standard");
  ASSERT_TRUE(apply(service_yaml("standard-authservice", "none") + shop));
  EXPECT_EQ(at("team1-shop"), "team1/shop by default/standard-authservice none");
  ASSERT_TRUE(apply(shop));
  EXPECT_EQ(at("team1-shop"), "team1/shop by / standard, not ready");
  ASSERT_TRUE(apply(service));
  EXPECT_EQ(at("team1-shop"), "none");
}

TEST_F(Realms, are_there_on_every_thread_when_the_write_returns) {
  // More threads than there are places where they look.
  const auto seen = [this] {
    std::set<std::string> all;
    for (int i = 0; i < 20; ++i) std::thread([&] { all.insert(at("team1-shop")); }).join();
    return all;
  };
  EXPECT_EQ(seen(), std::set<std::string>{"none"});
  ASSERT_TRUE(apply(service + shop));
  EXPECT_EQ(seen(), std::set<std::string>{"team1/shop by default/standard-authservice standard"});
  ASSERT_TRUE(apply(service));
  EXPECT_EQ(seen(), std::set<std::string>{"none"});
}

TEST_F(Realms, of_an_external_service_are_not_ready) {
  ASSERT_TRUE(apply(service_yaml("a", "external", "  external: {host: h, port: 1}\n") +
                    space_yaml("team1", "shop", "  authenticationService: {type: external}\n")));
  EXPECT_EQ(at("team1-shop"), "team1/shop by default/a external, not ready");
}

TEST_F(Realms, of_an_external_service_at_another_place_are_up_to_its_bridge) {
  ASSERT_TRUE(apply(
      service_yaml("a", "external", "  external: {host: h, port: 1, allowOverride: true}\n") +
      space_yaml("team1", "shop", "  authenticationService: {name: a, overrides: {host: x, port: 2}}\n")));
  EXPECT_EQ(at("team1-shop"), "team1/shop by default/a external");
  EXPECT_EQ(find("team1-shop")->bridge().text(), "default/a at x:2");
  ASSERT_TRUE(apply(
      service_yaml("a", "external", "  external: {host: h, port: 1}\n") +
      space_yaml("team1", "shop", "  authenticationService: {name: a, overrides: {host: x, port: 2}}\n")));
  EXPECT_EQ(at("team1-shop"), "team1/shop by default/a external, not ready");
  EXPECT_EQ(find("team1-shop")->bridge().text(), "default/a");
}

TEST_F(Realms, know_how_many_logins_their_plan_allows) {
  const std::string plan =
      "---\napiVersion: admin.enmasse.io/v1beta1\nkind: BrokeredInfraConfig\nmetadata: {name: i}\nspec: {}\n"
      "---\napiVersion: admin.enmasse.io/v1beta2\nkind: AddressSpacePlan\nmetadata: {name: small}\nspec: "
      "{addressSpaceType: brokered, infraConfigRef: i, addressPlans: [], resourceLimits: {";
  ASSERT_TRUE(apply(service + shop + plan + "logins-per-second: 1.5}}\n"));
  EXPECT_EQ(find("team1-shop")->logins_per_second, 1.5);
  ASSERT_TRUE(apply(service + shop + plan + "}}\n"));
  EXPECT_EQ(find("team1-shop")->logins_per_second, std::nullopt);
}

TEST_F(Realms, know_every_service_whether_a_space_has_chosen_it_or_not) {
  ASSERT_TRUE(apply(service + service_yaml("open", "none")));
  const auto table = watch_->current();
  ASSERT_NE(table->service({"default", "open"}), nullptr);
  EXPECT_EQ(*table->service({"default", "open"}), ServiceType::none);
  EXPECT_EQ(table->service({"default", "other"}), nullptr);
  EXPECT_EQ(table->types().size(), 2u);
}

TEST_F(Realms, a_snapshot_stays_as_it_was) {
  ASSERT_TRUE(apply(service + shop));
  const auto before = watch_->current();
  ASSERT_TRUE(apply(service));
  EXPECT_NE(before->find("team1-shop"), nullptr);
  EXPECT_EQ(watch_->current()->find("team1-shop"), nullptr);
}

TEST_F(Realms, a_change_of_users_or_plans_makes_no_new_table) {
  ASSERT_TRUE(apply(service + shop));
  const auto before = watch_->current();
  ASSERT_TRUE(apply(service + shop + alice));
  EXPECT_EQ(watch_->current(), before);
}

TEST_F(Realms, may_be_read_while_they_change) {
  ASSERT_TRUE(apply(service + shop));
  std::atomic<bool> done = false;
  std::size_t found = 0;
  std::thread reader([&] {
    while (!done) found += watch_->current()->find("team1-shop") == nullptr ? 0 : 1;
  });
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE(apply(service + shop + space_yaml("team2", "s" + std::to_string(i))));
  done = true;
  reader.join();
  EXPECT_GT(found, 0u);
  EXPECT_EQ(watch_->current()->size(), 2u);
}

TEST_F(Realms, a_thousand_are_all_there) {
  std::string yaml = service;
  for (int i = 0; i < 1'000; ++i)
    yaml += space_yaml("team" + std::to_string(i % 100), "s" + std::to_string(i));
  ASSERT_TRUE(apply(yaml));
  EXPECT_EQ(watch_->current()->size(), 1000u);
  EXPECT_EQ(at("team42-s442"), "team42/s442 by default/standard-authservice standard");
}

}  // namespace
}  // namespace doorward::resources
