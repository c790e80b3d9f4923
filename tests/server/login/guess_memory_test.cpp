// What is kept of wrong answers: which password was wrong, for how long and for how many accounts, and what
// an operator sees of it and can take away.
#include "server/login/guess_guard.hpp"
#include "tests/server/login/guesses.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace doorward {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Place = GuessGuard::Place;

TEST_F(Guesses, again_the_same_cost_nothing) {
  EXPECT_EQ(wrong("ann", password(1)), 0);
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(wrong("ann", password(1)), 0);
  EXPECT_EQ(counts().wrong_answers, 1u);
  for (int i = 1; i < bucket; ++i) EXPECT_EQ(wrong("ann", password(static_cast<unsigned char>(i + 1))), 0);
  EXPECT_EQ(wrong("ann", password(100)), 2);
  EXPECT_EQ(wrong("ann", password(100)), 0) << "its answer is known by now";
}

TEST_F(Guesses, again_the_same_need_not_wait_for_their_turn) {
  wrong("ann", password(1));
  for (int i = 1; i < bucket + owed; ++i) wrong();
  Place again = come("ann", password(1));
  EXPECT_TRUE(again.may_verify());
  EXPECT_FALSE(come("ann", password(2)).may_verify());
}

// A thousand clients with the same wrong password, all at once.
TEST_F(Guesses, the_same_at_once_are_known_when_the_first_was_wrong) {
  std::vector<Place> places;
  for (int i = 0; i < 1'000; ++i) places.push_back(come("ann", password(1)));
  EXPECT_EQ(held(places.front()), 0);
  for (std::size_t i = 1; i < places.size(); ++i) {
    if (!places[i].may_verify()) ASSERT_TRUE(places[i].enter(now)) << i;
    ASSERT_EQ(held(places[i]), 0) << i;
  }
  EXPECT_EQ(counts().wrong_answers, 1u);
}

TEST_F(Guesses, remember_some_passwords_and_not_all_that_were_wrong) {
  for (unsigned char i = 0; i < 17; ++i) wrong("ann", password(i));
  const auto before = counts().wrong_answers;
  wrong("ann", password(16));
  EXPECT_EQ(counts().wrong_answers, before);
  wrong("ann", password(0));
  EXPECT_EQ(counts().wrong_answers, before + 1);
}

TEST_F(Guesses, are_forgotten_after_an_hour_however_many_they_were) {
  for (int i = 0; i < 3'000; ++i) {
    Place place = come();
    if (!place.may_verify()) {
      now += milliseconds(32);
      ASSERT_TRUE(place.enter(now + seconds(2)));
    }
    (void)place.wrong(now);
  }
  now += minutes(60);
  for (int i = 0; i < bucket; ++i) EXPECT_EQ(wrong(), 0) << i;
  EXPECT_EQ(wrong(), 2);
}

TEST_F(Guesses, leave_nothing_behind_once_they_are_paid) {
  for (int i = 0; i < 1'000; ++i) wrong("user " + std::to_string(i));
  EXPECT_EQ(counts().accounts, 1'000u);
  now += seconds(2);
  EXPECT_EQ(counts().accounts, 0u);
  EXPECT_TRUE(guard.list(now).empty());
}

TEST(ManyNames, take_a_bounded_part_of_the_memory_and_get_nobody_another_guess) {
  GuessGuard guard(GuessGuard::Limits{.bucket = 2, .owed = 0, .accounts = 100});
  const GuessGuard::Clock::time_point now{std::chrono::hours(1)};
  const auto wrong = [&](const std::string& name, const std::string& realm = "shop") {
    Place place = guard.come(realm, name, {}, now);
    if (!place.may_verify()) (void)place.enter(now + seconds(2));
    return place.wrong(now) > now;
  };
  EXPECT_FALSE(wrong("ann"));
  EXPECT_FALSE(wrong("ann"));
  for (int i = 0; i < 5'000; ++i) wrong("made up " + std::to_string(i));
  EXPECT_LE(guard.counts(now).accounts, 100u + 64u);
  EXPECT_TRUE(wrong("ann")) << "nobody was forgotten for the names that came later";
  EXPECT_TRUE(wrong("somebody new")) << "who shares a bucket has no more of it";
  int delayed = 0;
  for (int i = 0; i < 20; ++i) delayed += wrong("somebody new", "realm" + std::to_string(i));
  EXPECT_LT(delayed, 10) << "names that are made up in one realm weigh on a 64th of the others";
}

TEST_F(Guesses, are_listed_with_what_they_owe) {
  for (int i = 0; i < bucket + 3; ++i) wrong("ann");
  wrong("bob");
  now += seconds(1);
  const auto list = guard.list(now);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].username, "bob");
  EXPECT_EQ(list[0].wrong_answers, 1u);
  EXPECT_EQ(list[0].owed, 0u);
  EXPECT_EQ(list[0].full_in, seconds(1));
  EXPECT_EQ(list[1].realm, "shop");
  EXPECT_EQ(list[1].username, "ann");
  EXPECT_EQ(list[1].wrong_answers, 13u);
  EXPECT_EQ(list[1].owed, 3u);
  EXPECT_EQ(list[1].full_in, seconds(25));
}

TEST_F(Guesses, are_forgotten_when_somebody_says_so) {
  for (const char* name : {"ann", "bob"}) guess_all(name);
  Place waiting = come("ann");
  int woken = 0;
  waiting.on_turn([&woken] { ++woken; });
  const auto list = guard.list(now);
  const auto ann = std::ranges::find(list, "ann", &GuessGuard::Guessed::username);
  ASSERT_NE(ann, list.end());
  EXPECT_TRUE(guard.forget(ann->key, now));
  EXPECT_EQ(woken, 1);
  EXPECT_TRUE(waiting.enter(now));
  EXPECT_FALSE(guard.forget(ann->key, now)) << "nothing is left of it";
  EXPECT_EQ(wrong("ann"), 0);
  EXPECT_FALSE(come("bob").may_verify()) << "another account";
  EXPECT_FALSE(guard.forget("made up", now));
}

// As they are for any account: a bucket that is shared can be emptied.
TEST(ManyNames, that_share_a_bucket_are_listed_without_names_and_can_be_forgotten) {
  GuessGuard guard(GuessGuard::Limits{.accounts = 1});
  const GuessGuard::Clock::time_point now{std::chrono::hours(1)};
  for (const char* name : {"ann", "bob"}) (void)guard.come("shop", name, {}, now).wrong(now);
  const auto list = guard.list(now);
  ASSERT_EQ(list.size(), 2u);
  const auto shared = std::ranges::find(list, "", &GuessGuard::Guessed::username);
  ASSERT_NE(shared, list.end());
  EXPECT_EQ(shared->realm, "");
  EXPECT_TRUE(guard.forget(shared->key, now));
  EXPECT_EQ(guard.list(now).size(), 1u);
}

}  // namespace
}  // namespace doorward
