// Logins of external services: what a plugin says becomes an outcome and rights, and never more than its
// address space allows; what it fails to say costs its own logins and nobody else's.
#include "server/login/exchange.hpp"
#include "tests/server/login/bridged_house.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::chrono_literals;
using plugins::Scripted;
using testing::ElementsAre;
using testing::Pair;

// Answers each call with `outcome` for this identity.
Scripted::Behaviour answering(std::uint32_t outcome, std::string identity = "zoe",
                              std::string challenge = {}) {
  return [=](const Scripted::Asked& asked) {
    if (asked.ticket != 0) Scripted::answer(asked.ticket, outcome, identity, challenge);
  };
}

// Answers each call with rules of this address and group.
Scripted::Behaviour granting(std::string address, std::string group, std::size_t rules = 1) {
  return [=](const Scripted::Asked& asked) {
    if (asked.ticket == 0) return;
    const doorward_bytes name{address.data(), address.size()}, in{group.data(), group.size()};
    const std::vector<doorward_rule> all(rules, {&name, 1, DOORWARD_SEND | DOORWARD_MANAGE});
    const doorward_answer answer{.size = sizeof answer,
                                 .outcome = DOORWARD_ACCEPTED,
                                 .rights = DOORWARD_RIGHTS_GIVEN,
                                 .reason = {},
                                 .challenge = {},
                                 .identity = {"zoe", 3},
                                 .groups = &in,
                                 .group_count = 1,
                                 .rules = all.data(),
                                 .rule_count = rules};
    Scripted::host->complete(asked.ticket, &answer);
  };
}

Scripted::Behaviour stored(std::string identity) {
  return [=](const Scripted::Asked& asked) {
    if (asked.ticket == 0) return;
    const doorward_answer answer{.size = sizeof answer,
                                 .outcome = DOORWARD_ACCEPTED,
                                 .rights = DOORWARD_RIGHTS_STORED,
                                 .reason = {},
                                 .challenge = {},
                                 .identity = {identity.data(), identity.size()},
                                 .groups = nullptr,
                                 .group_count = 0,
                                 .rules = nullptr,
                                 .rule_count = 0};
    Scripted::host->complete(asked.ticket, &answer);
  };
}

TEST(BridgedLogin, turns_the_plugin_s_answer_into_an_outcome) {
  const std::tuple<std::uint32_t, const char*, LoginReason> cases[] = {
      {DOORWARD_ACCEPTED, "accepted \"zoe\"", LoginReason::accepted},
      {DOORWARD_REFUSED, "refused auth", LoginReason::wrong_password},
      {DOORWARD_UNAVAILABLE, "refused sys_temp", LoginReason::bridge_unavailable},
      {DOORWARD_FAULT, "refused sys", LoginReason::bridge_fault},
      {DOORWARD_CONTINUE, "refused sys", LoginReason::bridge_fault},
      {99, "refused sys", LoginReason::bridge_fault},
  };
  for (const auto& [outcome, ended, why] : cases) {
    BridgedHouse house(answering(outcome));
    EXPECT_EQ(house.plain("away", "ann", "pencil"), ended);
    EXPECT_EQ(house.reason(), why) << ended;
    EXPECT_EQ(house.services.verdicts.size(), 1u) << ended;
  }
}

TEST(BridgedLogin, carries_an_exchange_with_its_last_words) {
  BridgedHouse house([](const Scripted::Asked& asked) {
    if (asked.what == "start") Scripted::answer(asked.ticket, DOORWARD_CONTINUE, {}, "who?");
    if (asked.what == "step") Scripted::answer(asked.ticket, DOORWARD_ACCEPTED, asked.text, "welcome");
  });
  Login login = house.begin("away", "X-TEST");
  EXPECT_EQ(in_words(house.answer(login, std::nullopt)), "challenge \"who?\"");
  EXPECT_EQ(in_words(house.answer(login, "zoe")), "challenge \"welcome\"");
  EXPECT_EQ(in_words(house.answer(login, "")), "accepted \"zoe\"");
  Login second = house.begin("away", "X-TEST");
  (void)house.answer(second, "");
  (void)house.answer(second, "zoe");
  EXPECT_EQ(in_words(house.answer(second, "more")), "refused auth") << "nothing may follow the last words";
}

TEST(BridgedLogin, bounds_an_exchange_in_messages_and_bytes) {
  BridgedHouse house(answering(DOORWARD_CONTINUE));
  Login login = house.begin("away", "X-TEST");
  for (std::size_t i = 0; i < AuthenticationExchange::max_messages; ++i)
    EXPECT_EQ(in_words(house.answer(login, "m")), "challenge \"\"");
  EXPECT_EQ(in_words(house.answer(login, "m")), "refused auth");
  Login large = house.begin("away", "X-TEST");
  EXPECT_EQ(in_words(house.answer(large, std::string(AuthenticationExchange::max_bytes, 'm'))),
            "challenge \"\"");
  EXPECT_EQ(in_words(house.answer(large, "m")), "refused auth");
}

TEST(BridgedLogin, gives_the_rights_that_the_plugin_says_within_its_address_space) {
  BridgedHouse house(granting("orders", "staff"));
  Login login = house.begin("away", "PLAIN");
  const Login::Answer answer = house.answer(login, plain_message("zoe", "x"));
  const Authorization& given = *std::get<Accepted>(answer).authorization;
  EXPECT_TRUE(given.limited);
  EXPECT_THAT(given.groups, ElementsAre("manage", "staff"));
  EXPECT_THAT(given.addresses, ElementsAre(Pair("orders", Permissions{.send = true})));
  EXPECT_EQ(std::get<Accepted>(answer).identity.realm.text(), "away");
}

TEST(BridgedLogin, never_grants_admin_or_an_address_that_nobody_may_write) {
  BridgedHouse admin(granting("orders", "admin"));
  Login login = admin.begin("away", "PLAIN");
  const Login::Answer answer = admin.answer(login, plain_message("zoe", "x"));
  EXPECT_THAT(std::get<Accepted>(answer).authorization->groups, ElementsAre("manage"));
  BridgedHouse comma(granting("a,*", "staff"));
  EXPECT_EQ(comma.plain("away", "zoe", "x"), "refused sys");
}

TEST(BridgedLogin, ends_before_ok_where_the_rights_would_not_fit_into_the_reply) {
  const std::string address(1'024, 'a');
  // What a reply has room for beside the address, by the bound that holds for stored users.
  const auto bound = [&](std::size_t group) {
    Authorization rights = authorize(std::vector<AddressRule>{{{address}, {.send = true, .manage = true}}});
    rights.groups.emplace_back(group, 'g');
    return open_reply_bound(rights, "zoe");
  };
  std::size_t group = 1;
  while (group < DOORWARD_MAX_GROUP && bound(group + 1) <= 1'600) ++group;
  ASSERT_LT(group, DOORWARD_MAX_GROUP);
  BridgedHouse fits(granting(address, std::string(group, 'g')));
  EXPECT_EQ(fits.plain("away", "zoe", "x"), "accepted \"zoe\"");
  BridgedHouse too_large(granting(address, std::string(group + 1, 'g')));
  EXPECT_EQ(too_large.plain("away", "zoe", "x"), "refused sys");
}

TEST(BridgedLogin, takes_stored_rights_of_the_federated_user_that_is_meant) {
  BridgedHouse house(stored("ann@EXAMPLE.COM"));
  Login login = house.begin("away", "PLAIN");
  const Login::Answer answer = house.answer(login, plain_message("whoever", "x"));
  const Accepted& accepted = std::get<Accepted>(answer);
  EXPECT_EQ(accepted.identity.username, "ann");
  EXPECT_EQ(accepted.identity.record_version, 7u);
  EXPECT_THAT(accepted.authorization->addresses, ElementsAre(Pair("orders", Permissions{.send = true})));
  for (const char* identity : {"carl@EXAMPLE.COM", "ann", "bob@EXAMPLE.COM"}) {
    BridgedHouse other(stored(identity));
    EXPECT_EQ(other.plain("away", "ann", "x"), "refused auth") << identity;
    EXPECT_EQ(other.reason(), LoginReason::unknown_user);
  }
}

// A rate of 0 lets nobody in.
TEST(BridgedLogin, is_counted_by_its_plan_only_where_it_would_get_in) {
  RealmService away = service_of("away", ServiceType::external);
  away.logins_per_second = 0;
  const auto told = [&](Scripted::Behaviour behaviour) {
    BridgedHouse house(std::move(behaviour));
    house.set_realms({away}, {{{"infra", "external"}, ServiceType::external}});
    const std::string answer = house.plain("away", "whoever", "x");
    EXPECT_EQ(house.reason() == LoginReason::plan_limit, answer == "refused sys_temp");
    return answer;
  };
  EXPECT_EQ(told(granting("orders", "staff")), "refused sys_temp");
  EXPECT_EQ(told(stored("ann@EXAMPLE.COM")), "refused sys_temp");
  EXPECT_EQ(told(answering(DOORWARD_REFUSED)), "refused auth");
  EXPECT_EQ(told(stored("carl@EXAMPLE.COM")), "refused auth");
}

TEST(BridgedLogin, offers_what_carries_no_password_where_the_bridge_can_do_nothing) {
  BridgedHouse house(answering(DOORWARD_ACCEPTED));
  const ObjectRef external{"infra", "external"};
  house.services.offered = {"PLAIN"};
  const auto stand_in = ElementsAre("SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1");
  EXPECT_THAT(house.logins->offer(external, "", "", true), ElementsAre("PLAIN"));
  EXPECT_THAT(house.logins->offer(external, "", "", false), stand_in);
  house.services.offered = {};
  EXPECT_THAT(house.logins->offer(external, "", "", true), stand_in) << "AMQP knows no empty offer";
  EXPECT_THAT(house.logins->offer(std::nullopt, "away", "", true), stand_in);
}

TEST(BridgedLogin, offers_and_takes_what_the_bridge_can_do_and_nothing_else) {
  BridgedHouse house(answering(DOORWARD_ACCEPTED));
  const ObjectRef external{"infra", "external"};
  EXPECT_THAT(house.logins->offer(external, "", "", true), ElementsAre("X-TEST", "PLAIN", "OAUTHBEARER"));
  EXPECT_THAT(house.logins->offer(external, "", "", false), ElementsAre("X-TEST"));
  EXPECT_THAT(house.logins->offer(std::nullopt, "away", "", true),
              ElementsAre("X-TEST", "PLAIN", "OAUTHBEARER"));
  for (const char* mechanism : {"SCRAM-SHA-256", "ANONYMOUS", "X-TES", "OAUTHBEARER"}) {
    Login login = house.begin("away", mechanism);
    EXPECT_EQ(in_words(house.answer(login, "")), "refused auth") << mechanism;
    login.finish("router");
    EXPECT_EQ(house.reason(), LoginReason::mechanism_not_available) << mechanism;
  }
  Login unprotected = house.logins->begin(
      {.hostname = "away", .default_realm = {}, .mechanism = "PLAIN", .peer = "p", .plain_allowed = false});
  EXPECT_EQ(in_words(house.answer(unprotected, plain_message("a", "b"))), "refused auth");
}

TEST(BridgedLogin, ends_with_sys_temp_where_there_is_no_bridge) {
  BridgedHouse house(answering(DOORWARD_ACCEPTED));
  const auto bridge = std::exchange(house.services.bridge, nullptr);
  EXPECT_EQ(house.plain("away", "ann", "x"), "refused sys_temp");
  EXPECT_EQ(house.reason(), LoginReason::service_not_ready);
  house.services.bridge = bridge;
}

TEST(BridgedLogin, does_not_wait_longer_than_the_time_limit_and_holds_up_nobody) {
  std::mutex mutex;
  std::vector<doorward_ticket> unanswered;
  BridgedHouse house(
      [&](const Scripted::Asked& asked) {
        const std::lock_guard lock(mutex);
        if (asked.ticket != 0) unanswered.push_back(asked.ticket);
      },
      20ms);
  EXPECT_EQ(house.plain("away", "ann", "x"), "refused sys_temp");
  EXPECT_EQ(house.reason(), LoginReason::bridge_unavailable);
  EXPECT_EQ(house.plain("shop", "ann", "pencil"), "accepted \"ann\"");
  const std::lock_guard lock(mutex);
  for (const doorward_ticket ticket : unanswered) Scripted::answer(ticket, DOORWARD_ACCEPTED, "zoe");
}

}  // namespace
}  // namespace doorward
