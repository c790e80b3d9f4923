// Each login is told once, whatever becomes of it, and what a peer named is told within bounds.
#include "tests/server/login/house.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace doorward {
namespace {

TEST(Fact, says_who_logged_in_from_where_and_how) {
  LoginHouse house;
  const std::string message = plain_message("ann", "pencil");
  std::uint64_t id = 0;
  {
    Login login = house.logins->begin({.hostname = "shop",
                                       .default_realm = {},
                                       .mechanism = "PLAIN",
                                       .door = Door::amqp,
                                       .peer = "192.0.2.1:4711",
                                       .tls = true,
                                       .plain_allowed = true});
    id = login.id();
    house.answer(login, message);
    EXPECT_TRUE(house.facts.empty()) << "the open is still to come";
    login.finish("router-1");
  }
  ASSERT_EQ(house.facts.size(), 1u);
  const LoginFact& fact = house.facts[0];
  EXPECT_EQ(fact.login_id, id);
  EXPECT_EQ(fact.peer, "192.0.2.1:4711");
  EXPECT_TRUE(fact.tls);
  EXPECT_EQ(fact.realm, "shop");
  EXPECT_TRUE(fact.realm_known);
  EXPECT_EQ(fact.mechanism, "PLAIN");
  EXPECT_TRUE(fact.mechanism_known);
  EXPECT_EQ(fact.service_type, ServiceType::standard);
  EXPECT_EQ(fact.username, "ann");
  EXPECT_EQ(fact.container_id, "router-1");
  EXPECT_EQ(fact.outcome, SaslCode::ok);
  EXPECT_EQ(fact.reason, LoginReason::accepted);
  EXPECT_GT(fact.duration.count(), 0);
}

TEST(Fact, has_an_id_that_no_process_has_used_that_began_in_an_earlier_second) {
  const auto began = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(began).count());
  LoginHouse house;
  const std::uint64_t id = house.begin("shop", "PLAIN").id();
  EXPECT_GT(id, ((seconds - 1) << 20) + 1'000'000) << "a million logins after the earlier one began";
  EXPECT_LT(id, std::uint64_t{1} << 53) << "readers of JSON tell no more apart";
}

TEST(Fact, is_told_once_however_often_a_login_ends) {
  LoginHouse house;
  {
    Login login = house.begin("shop", "PLAIN");
    house.answer(login, plain_message("ann", "wrong"));
    login.finish("");
    login.finish("late");
    login.abort(LoginReason::timed_out);
    const Login moved = std::move(login);
  }
  ASSERT_EQ(house.facts.size(), 1u);
  EXPECT_EQ(house.facts[0].reason, LoginReason::wrong_password);
  EXPECT_EQ(house.facts[0].container_id, "");
}

TEST(Fact, of_a_login_that_is_dropped_says_that_the_peer_is_gone) {
  LoginHouse house;
  {
    const Login never_spoke = house.begin("shop", "PLAIN");
  }
  {
    Login spoke = house.begin("shop", "SCRAM-SHA-256");
    house.answer(spoke, "n,,n=ann,r=c");
  }
  ASSERT_EQ(house.facts.size(), 2u);
  for (const LoginFact& fact : house.facts) {
    EXPECT_EQ(fact.outcome, std::nullopt);
    EXPECT_EQ(fact.reason, LoginReason::peer_gone);
    EXPECT_GT(fact.duration.count(), 0);
  }
  EXPECT_EQ(house.facts[1].username, "ann");
}

TEST(Fact, of_a_login_that_is_broken_off_says_why) {
  LoginHouse house;
  Login login = house.begin("shop", "PLAIN");
  login.abort(LoginReason::timed_out);
  ASSERT_EQ(house.facts.size(), 1u);
  EXPECT_EQ(house.facts[0].outcome, std::nullopt);
  EXPECT_EQ(house.facts[0].reason, LoginReason::timed_out);
}

// A guesser who hangs up at once must not hide that it guessed.
TEST(Fact, of_a_refusal_keeps_its_reason_though_the_peer_hangs_up) {
  LoginHouse house;
  {
    Login login = house.begin("shop", "PLAIN");
    house.answer(login, plain_message("ann", "wrong"));
  }
  ASSERT_EQ(house.facts.size(), 1u);
  EXPECT_EQ(house.facts[0].outcome, SaslCode::auth);
  EXPECT_EQ(house.facts[0].reason, LoginReason::wrong_password);
}

TEST(Fact, of_an_acceptance_without_an_open_says_what_came_instead) {
  LoginHouse house;
  {
    Login login = house.begin("shop", "PLAIN");
    house.answer(login, plain_message("ann", "pencil"));
  }
  ASSERT_EQ(house.facts.size(), 1u);
  EXPECT_EQ(house.facts[0].outcome, SaslCode::ok);
  EXPECT_EQ(house.facts[0].reason, LoginReason::peer_gone);
}

TEST(Fact, holds_what_a_peer_named_within_bounds) {
  LoginHouse house;
  const std::string endless(5'000, 'a');
  Login login = house.begin(endless, endless);
  house.answer(login, "");
  login.finish(endless);
  ASSERT_EQ(house.facts.size(), 1u);
  EXPECT_EQ(house.facts[0].realm, std::string(256, 'a'));
  EXPECT_FALSE(house.facts[0].realm_known);
  EXPECT_EQ(house.facts[0].mechanism, std::string(64, 'a'));
  EXPECT_FALSE(house.facts[0].mechanism_known);
  EXPECT_EQ(house.facts[0].service_type, std::nullopt);
  EXPECT_EQ(house.facts[0].container_id, std::string(256, 'a'));
}

TEST(Fact, gives_each_login_a_number_of_its_own) {
  LoginHouse house;
  EXPECT_NE(house.begin("shop", "PLAIN").id(), house.begin("shop", "PLAIN").id());
}

}  // namespace
}  // namespace doorward
