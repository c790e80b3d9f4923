// What a login meets that is held back: by the plan of its address space, and where passwords are guessed.
#include "tests/server/login/under_way.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::StartsWith;

RealmService limited(double logins_per_second) {
  RealmService shop = service_of("shop", ServiceType::standard);
  shop.logins_per_second = logins_per_second;
  return shop;
}

TEST(HeldByAPlan, logins_beyond_a_seconds_worth_wait_and_get_in) {
  LoginHouse house;
  house.set_realms({limited(20)});
  for (int i = 0; i < 22; ++i) EXPECT_EQ(house.plain("shop", "ann", "pencil"), "accepted \"ann\"");
  EXPECT_EQ(house.facts.front().held_by, HeldBy::nothing);
  EXPECT_EQ(house.facts.front().held, milliseconds(0));
}

TEST(HeldByAPlan, a_login_is_told_later_where_its_time_would_be_over) {
  LoginHouse house;
  house.set_realms({limited(0.001), service_of("quiet", ServiceType::standard)});
  house.users.put(user_of("quiet", "ann"));
  const auto deadline = std::chrono::steady_clock::now() + minutes(1);
  EXPECT_EQ(house.plain("shop", "ann", "pencil"), "accepted \"ann\"");
  UnderWay second(house, "shop", "ann", "pencil", deadline);
  UnderWay elsewhere(house, "quiet", "ann", "pencil", deadline);
  house.loop->restart();
  house.loop->run();
  EXPECT_EQ(second.answer, "refused sys_temp");
  EXPECT_EQ(elsewhere.answer, "accepted \"ann\"");
  second.login().finish("");
  EXPECT_EQ(house.facts.back().reason, LoginReason::plan_limit);
}

TEST(HeldByAPlan, strangers_use_up_nothing_of_it_and_are_told_as_ever) {
  LoginHouse house;
  house.set_realms({limited(0.001)});
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(house.plain("shop", "nobody " + std::to_string(i), "pencil"), "refused auth");
    EXPECT_EQ(house.plain("shop", "ann", "guess " + std::to_string(i)), "refused auth");
    EXPECT_THAT(house.scram("shop", ScramHash::sha256, "nobody " + std::to_string(i), "pencil"),
                ElementsAre(StartsWith("challenge r="), "refused auth"));
  }
  EXPECT_EQ(house.plain("shop", "ann", "pencil"), "accepted \"ann\"");
  EXPECT_EQ(house.facts.back().held_by, HeldBy::nothing);
}

// And has a quarter of its time left for what comes then.
TEST(HeldByAPlan, a_login_is_held_for_three_quarters_of_its_time) {
  LoginHouse house;
  house.set_realms({limited(1 / 3'600.0)});
  EXPECT_EQ(house.plain("shop", "ann", "pencil"), "accepted \"ann\"");
  const auto now = std::chrono::steady_clock::now();
  UnderWay too_short(house, "shop", "ann", "pencil", now + minutes(75));
  UnderWay long_enough(house, "shop", "ann", "pencil", now + minutes(85));
  settle(house);
  EXPECT_EQ(too_short.answer, "refused sys_temp");
  EXPECT_EQ(long_enough.answer, "");
  long_enough.cancel();
  settle(house);
}

TEST(HeldByAPlan, every_mechanism_counts_and_none_counts_twice) {
  LoginHouse house;
  house.set_realms({limited(1'000'000)});
  EXPECT_THAT(house.scram("shop", ScramHash::sha256, "ann", "pencil"),
              ElementsAre(StartsWith("challenge r="), "challenge \"v=", "accepted \"ann\""));
  house.set_realms({limited(0)});
  EXPECT_THAT(house.scram("shop", ScramHash::sha256, "ann", "pencil"),
              ElementsAre(StartsWith("challenge r="), "challenge \"v=", "refused sys_temp"));
  EXPECT_EQ(house.plain("shop", "ann", "pencil"), "refused sys_temp");
}

TEST(HeldByAPlan, a_login_that_goes_gives_its_place_back_and_says_by_what_it_was_held) {
  LoginHouse house;
  house.set_realms({limited(0.001)});
  UnderWay first(house, "shop", "ann", "pencil");
  settle(house);
  EXPECT_EQ(first.answer, "accepted \"ann\"");
  UnderWay held(house, "shop", "ann", "pencil");
  settle(house);
  EXPECT_EQ(held.answer, "");
  held.cancel();
  settle(house);
  EXPECT_EQ(held.answer, "cancelled");
  EXPECT_EQ(in_words(held.login().give_up()), "refused sys_temp");
  held.login().finish("");
  EXPECT_EQ(house.facts.back().held_by, HeldBy::plan);
  EXPECT_GT(house.facts.back().held.count(), 0);
  EXPECT_EQ(house.facts.back().reason, LoginReason::timed_out);
}

// With a bucket of two that never pays while the test runs, and one wrong answer that may wait.
class HeldByGuesses : public testing::Test {
 protected:
  HeldByGuesses() { make(hours(1)); }
  void make(milliseconds turn) {
    house.make_logins({}, {.bucket = 2, .refill = hours(1), .owed = 1, .turn = turn, .memory = hours(24)});
  }
  LoginHouse house;
};

TEST_F(HeldByGuesses, wrong_answers_wait_once_the_bucket_is_empty) {
  EXPECT_EQ(house.plain("shop", "ann", "one"), "refused auth");
  EXPECT_EQ(house.plain("shop", "ann", "two"), "refused auth");
  UnderWay third(house, "shop", "ann", "three");
  settle(house);
  EXPECT_EQ(third.answer, "");
  UnderWay again(house, "shop", "ann", "two");
  settle(house);
  EXPECT_EQ(again.answer, "refused auth") << "it is known already";
  third.cancel();
  settle(house);
  EXPECT_EQ(in_words(third.login().give_up()), "refused sys_temp");
  third.login().finish("");
  EXPECT_EQ(house.facts.back().reason, LoginReason::wrong_password);
  EXPECT_EQ(house.facts.back().outcome, SaslCode::sys_temp);
  EXPECT_EQ(house.facts.back().held_by, HeldBy::guesses);
  EXPECT_EQ(house.logins->guesses().counts(GuessGuard::Clock::now()).delayed, 1u);
}

TEST_F(HeldByGuesses, the_right_password_gets_in_while_wrong_answers_wait) {
  for (const char* guess : {"one", "two"}) house.plain("shop", "ann", guess);
  UnderWay right(house, "shop", "ann", "pencil");
  settle(house);
  EXPECT_EQ(right.answer, "accepted \"ann\"");
}

TEST_F(HeldByGuesses, the_right_password_waits_for_its_turn_and_no_longer) {
  make(milliseconds(1));
  for (const char* guess : {"one", "two"}) house.plain("shop", "ann", guess);
  UnderWay third(house, "shop", "ann", "three");
  settle(house);
  EXPECT_EQ(third.answer, "");
  const auto came = GuessGuard::Clock::now();
  UnderWay right(house, "shop", "ann", "pencil");
  while (right.answer.empty()) house.loop->run_one();
  EXPECT_GE(GuessGuard::Clock::now() - came, milliseconds(1));
  EXPECT_EQ(right.answer, "accepted \"ann\"");
  right.login().finish("");
  EXPECT_EQ(house.facts.back().held_by, HeldBy::guesses);
  EXPECT_GT(house.facts.back().held.count(), 0) << "less than its turn by what it did since it came";
  third.cancel();
  settle(house);
}

// With PLAIN. Of SCRAM nothing tells that it is the same password.
TEST_F(HeldByGuesses, a_password_that_was_right_lately_waits_for_no_turn) {
  EXPECT_EQ(house.plain("shop", "ann", "pencil"), "accepted \"ann\"");
  for (const char* guess : {"one", "two"}) house.plain("shop", "ann", guess);
  UnderWay third(house, "shop", "ann", "three");
  UnderWay fourth(house, "shop", "ann", "four");
  settle(house);
  EXPECT_EQ(house.logins->guesses().counts(GuessGuard::Clock::now()).waiting, 1u);
  UnderWay right(house, "shop", "ann", "pencil");
  settle(house);
  EXPECT_EQ(right.answer, "accepted \"ann\"");
  right.login().finish("");
  EXPECT_EQ(house.facts.back().held_by, HeldBy::nothing);
  third.cancel();
  fourth.cancel();
  settle(house);
}

// When the record of a user has changed, and when there is one at last.
TEST_F(HeldByGuesses, a_password_that_was_wrong_can_become_right) {
  EXPECT_EQ(house.plain("shop", "ann", "brush"), "refused auth");
  EXPECT_EQ(house.plain("shop", "bob", "brush"), "refused auth");
  UserRecord changed = user_of("shop", "ann", "brush");
  ++changed.version;
  house.users.put(changed);
  house.users.put(user_of("shop", "bob", "brush"));
  EXPECT_EQ(house.plain("shop", "ann", "brush"), "accepted \"ann\"");
  EXPECT_EQ(house.plain("shop", "bob", "brush"), "accepted \"bob\"");
}

TEST_F(HeldByGuesses, whoever_waits_for_his_turn_can_go_and_be_called) {
  for (const char* guess : {"one", "two"}) house.plain("shop", "ann", guess);
  UnderWay third(house, "shop", "ann", "three");
  settle(house);
  UnderWay gone(house, "shop", "ann", "pencil");
  UnderWay called(house, "shop", "ann", "pencil");
  settle(house);
  EXPECT_EQ(gone.answer, "");
  EXPECT_EQ(called.answer, "");
  gone.cancel();
  settle(house);
  EXPECT_EQ(gone.answer, "cancelled");
  EXPECT_EQ(called.answer, "") << "the bucket still owes";
  GuessGuard& guesses = house.logins->guesses();
  EXPECT_TRUE(guesses.forget(guesses.list(GuessGuard::Clock::now()).at(0).key, GuessGuard::Clock::now()));
  settle(house);
  EXPECT_EQ(called.answer, "accepted \"ann\"");
  third.cancel();
  settle(house);
}

TEST_F(HeldByGuesses, no_turn_is_spent_on_whoever_has_gone) {
  for (const char* guess : {"one", "two"}) house.plain("shop", "ann", guess);
  UnderWay third(house, "shop", "ann", "three");
  settle(house);
  bool hung_up = false;
  UnderWay fourth(house,
                  house.logins->begin({.hostname = "shop",
                                       .mechanism = "PLAIN",
                                       .plain_allowed = true,
                                       .gone = [&hung_up] { return hung_up; }}),
                  plain_message("ann", "four"));
  UnderWay right(house, "shop", "ann", "pencil");
  settle(house);
  EXPECT_EQ(fourth.answer + right.answer, "");
  hung_up = true;
  GuessGuard& guesses = house.logins->guesses();
  EXPECT_TRUE(guesses.forget(guesses.list(GuessGuard::Clock::now()).at(0).key, GuessGuard::Clock::now()));
  settle(house);
  EXPECT_EQ(fourth.answer, "cancelled");
  EXPECT_EQ(right.answer, "accepted \"ann\"");
  EXPECT_EQ(guesses.counts(GuessGuard::Clock::now()).wrong_answers, 3u);
  third.cancel();
  settle(house);
}

TEST_F(HeldByGuesses, scram_is_counted_at_its_proof_and_beside_plain) {
  const auto refused = ElementsAre(StartsWith("challenge r="), "refused auth");
  EXPECT_THAT(house.scram("shop", ScramHash::sha256, "ann", "one"), refused);
  EXPECT_THAT(house.scram("shop", ScramHash::sha1, "ann", "two"), refused);
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(house.scram("shop", ScramHash::sha512, "ann", "pencil"),
                ElementsAre(StartsWith("challenge r="), "challenge \"v=", "accepted \"ann\""));
  }
  UnderWay third(house, "shop", "ann", "three");
  settle(house);
  EXPECT_EQ(third.answer, "");
  third.cancel();
  settle(house);
}

TEST_F(HeldByGuesses, messages_that_are_no_guess_cost_nothing) {
  for (int i = 0; i < 5; ++i) {
    Login login = house.begin("shop", "SCRAM-SHA-256");
    const auto first = house.answer(login, "n,,n=ann,r=clientnonce");
    ASSERT_TRUE(std::holds_alternative<Challenge>(first));
    EXPECT_EQ(in_words(house.answer(login, "nonsense")), "refused auth");
  }
  EXPECT_EQ(house.logins->guesses().counts(GuessGuard::Clock::now()).wrong_answers, 0u);
}

// Step by step what happens to somebody happens to nobody, in a realm that is there and in one that is not.
TEST_F(HeldByGuesses, nobody_is_held_as_somebody_is) {
  for (const auto& [realm, username] :
       {std::pair("shop", "ann"), std::pair("shop", "nobody"), std::pair("made-up", "ann")}) {
    EXPECT_EQ(house.plain(realm, username, "one"), "refused auth");
    EXPECT_THAT(house.scram(realm, ScramHash::sha256, username, "two"),
                ElementsAre(StartsWith("challenge r="), "refused auth"));
    EXPECT_EQ(house.plain(realm, username, "one"), "refused auth");
    UnderWay third(house, realm, username, "three");
    settle(house);
    UnderWay fourth(house, realm, username, "four");
    settle(house);
    EXPECT_EQ(third.answer, "") << realm << ' ' << username;
    EXPECT_EQ(fourth.answer, "") << realm << ' ' << username;
    EXPECT_EQ(house.logins->guesses().counts(GuessGuard::Clock::now()).waiting, 1u);
    third.cancel();
    fourth.cancel();
    settle(house);
    EXPECT_EQ(third.answer + fourth.answer, "cancelledcancelled");
  }
}

}  // namespace
}  // namespace doorward
