// Wrong answers are delivered as the bucket of their account pays, whatever is tried at once, and right ones
// wait two seconds, or a little longer beside very many. The clock is the test's.
#include "server/login/guess_guard.hpp"

#include "tests/server/login/guesses.hpp"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace doorward {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Place = GuessGuard::Place;

TEST_F(Guesses, cost_nothing_while_the_bucket_pays_and_two_seconds_each_from_then_on) {
  for (int i = 0; i < bucket; ++i) EXPECT_EQ(wrong(), 0) << i;
  EXPECT_EQ(wrong(), 2);
  EXPECT_EQ(wrong(), 4);
  now += seconds(4);
  EXPECT_EQ(wrong(), 2);
  EXPECT_EQ(counts().wrong_answers, 13u);
  EXPECT_EQ(counts().delayed, 3u);
}

TEST_F(Guesses, get_one_more_answer_every_two_seconds) {
  for (int i = 0; i < bucket; ++i) wrong();
  now += seconds(6);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(wrong(), 0) << i;
  EXPECT_EQ(wrong(), 2);
}

TEST_F(Guesses, of_one_account_hold_up_no_other) {
  guess_all("ann");
  EXPECT_EQ(wrong("bob"), 0);
  Place elsewhere = guard.come("other", "ann", {}, now);
  EXPECT_TRUE(elsewhere.may_verify());
}

TEST_F(Guesses, that_were_right_cost_nothing) {
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_TRUE(come().may_verify());
  }
  EXPECT_EQ(wrong(), 0);
  EXPECT_EQ(counts().accounts, 1u);
}

// Counted before they are verified: many at once are no way around.
TEST_F(Guesses, at_once_are_as_many_as_in_turn) {
  std::vector<Place> places;
  for (int i = 0; i < bucket + owed; ++i) {
    places.push_back(come());
    EXPECT_TRUE(places.back().may_verify()) << i;
  }
  Place one_more = come();
  EXPECT_FALSE(one_more.may_verify());
  EXPECT_FALSE(one_more.enter(now));
  EXPECT_EQ(counts().waiting, 1u);
  for (int i = 0; i < bucket; ++i) EXPECT_EQ(held(places[i]), 0) << i;
  for (int i = bucket; i < bucket + owed; ++i) EXPECT_EQ(held(places[i]), 2 * (i - bucket + 1)) << i;
  EXPECT_FALSE(one_more.enter(now));
}

TEST_F(Guesses, give_their_place_to_the_next_when_they_were_right_or_went) {
  std::vector<Place> places;
  for (int i = 0; i < bucket + owed; ++i) places.push_back(come());
  Place next = come();
  Place after = come();
  int woken = 0;
  next.on_turn([&woken] { ++woken; });
  places.pop_back();
  EXPECT_EQ(woken, 1);
  EXPECT_FALSE(after.enter(now)) << "not the first in the line";
  EXPECT_TRUE(next.enter(now));
  EXPECT_FALSE(after.enter(now));
  places.pop_back();
  EXPECT_TRUE(after.enter(now));
}

TEST_F(Guesses, that_leave_the_line_let_the_next_one_come_forward) {
  guess_all();
  int woken = 0;
  {
    Place first = come();
    Place second = come();
    second.on_turn([&woken] { ++woken; });
    const Place gone = std::move(first);
  }
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(counts().waiting, 0u);
}

TEST_F(Guesses, beyond_what_is_owed_wait_for_the_bucket_one_after_the_other) {
  guess_all();
  Place first = come();
  Place second = come();
  EXPECT_FALSE(first.enter(now));
  EXPECT_EQ(first.again() - now, turn) << "sooner than the bucket has paid one";
  now += seconds(1);
  Place third = come();
  now = first.again();
  EXPECT_TRUE(first.enter(now));
  EXPECT_FALSE(third.enter(now));
}

// One is paid by the bucket, 256 more may be wrong.
TEST_F(Guesses, make_257_wait_for_two_seconds_and_each_further_one_a_little_longer) {
  guess_all();
  std::vector<Place> line;
  for (int i = 0; i < late + 2; ++i) line.push_back(come());
  Place beyond = come();
  int woken = 0;
  line.back().on_turn([&woken] { ++woken; });
  const auto came = now;
  now = came + turn - milliseconds(1);
  for (Place& place : line) EXPECT_FALSE(place.enter(now));
  EXPECT_EQ(line.front().again(), came + turn);
  now = came + seconds(2);
  for (int i = 0; i < late + 1; ++i) {
    ASSERT_EQ(woken, 0) << i;
    ASSERT_TRUE(line[i].enter(now)) << i;
    held(line[i]);
  }
  EXPECT_GT(woken, 0) << "it is the first now";
  EXPECT_FALSE(line.back().enter(now));
  EXPECT_EQ(line.back().again(), now + late_refill);
  now += late_refill - milliseconds(1);
  EXPECT_FALSE(line.back().enter(now));
  now += milliseconds(1);
  EXPECT_FALSE(beyond.enter(now)) << "not the first in the line";
  EXPECT_TRUE(line.back().enter(now));
  EXPECT_FALSE(beyond.enter(now)) << "the one before it may be wrong, too";
}

TEST_F(Guesses, that_waited_and_were_right_make_nobody_wait_longer) {
  guess_all();
  std::vector<Place> line;
  for (int i = 0; i < 1'000; ++i) line.push_back(come());
  now += seconds(2);
  for (Place& place : line) {
    ASSERT_TRUE(place.enter(now));
    const Place was_right = std::move(place);
  }
}

}  // namespace
}  // namespace doorward
