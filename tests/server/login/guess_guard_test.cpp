// Wrong answers are delivered as the bucket of their account pays, whatever is tried at once, and right ones
// wait two seconds, or a little longer beside very many. The clock is the test's.
#include "server/login/guess_guard.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using Place = GuessGuard::Place;

constexpr int bucket = 10;
constexpr int owed = 16;
constexpr int late = 256;
constexpr std::chrono::microseconds late_refill{31'250};

GuessGuard::Fingerprint password(unsigned char which) {
  GuessGuard::Fingerprint mac{};
  mac[0] = which;
  return mac;
}

class Guesses : public testing::Test {
 protected:
  Place come(std::string_view username = "ann", std::optional<GuessGuard::Fingerprint> mac = {}) {
    return guard.come("shop", username, mac, now);
  }
  // A wrong password that is verified at once: how long its answer is held.
  seconds::rep wrong(std::string_view username = "ann", std::optional<GuessGuard::Fingerprint> mac = {}) {
    Place place = come(username, mac);
    EXPECT_TRUE(place.may_verify());
    return held(place);
  }
  seconds::rep held(Place& place) { return std::chrono::round<seconds>(place.wrong(now) - now).count(); }
  // All that can be wrong before others have to wait for their turn.
  void guess_all(std::string_view username = "ann") {
    for (int i = 0; i < bucket + owed; ++i) wrong(username);
  }
  GuessGuard::Counts counts() { return guard.counts(now); }

  GuessGuard guard{GuessGuard::Limits{}};
  GuessGuard::Clock::time_point now{std::chrono::hours(100)};
};

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
  EXPECT_EQ(first.again() - now, seconds(2)) << "when the bucket has paid one";
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
  now += milliseconds(1'999);
  for (Place& place : line) EXPECT_FALSE(place.enter(now));
  EXPECT_EQ(line.front().again(), now + milliseconds(1));
  now += milliseconds(1);
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
  const auto wrong = [&](const std::string& name) {
    Place place = guard.come("shop", name, {}, now);
    if (!place.may_verify()) (void)place.enter(now + seconds(2));
    return place.wrong(now) > now;
  };
  EXPECT_FALSE(wrong("ann"));
  EXPECT_FALSE(wrong("ann"));
  for (int i = 0; i < 20'000; ++i) wrong("made up " + std::to_string(i));
  EXPECT_LE(guard.counts(now).accounts, 100u + 1'024u);
  EXPECT_TRUE(wrong("ann")) << "nobody was forgotten for the names that came later";
  EXPECT_TRUE(wrong("somebody new")) << "who shares a bucket has no more of it";
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
