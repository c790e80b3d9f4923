// Somebody who guesses one account's password with very many connections: how many he gets tried, and how
// long the user waits beside him. The clock is the test's.
#include "server/login/guess_guard.hpp"

#include <deque>

#include <gtest/gtest.h>

namespace doorward {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr GuessGuard::Limits limits;
// Of those that waited for their turn, in the long run.
constexpr std::size_t tried_in_a_second = std::chrono::microseconds(seconds(1)) / limits.late_refill;

// Keeps so many logins waiting, and brings another one for each as soon as it has been verified: nothing
// tells him sooner what he wants to know.
class Guesser {
 public:
  Guesser(GuessGuard& guard, std::size_t connections) : guard_(guard), connections_(connections) {}
  void go_on(GuessGuard::Clock::time_point now) {
    while (!line_.empty() && line_.front().enter(now)) end_first(now);
    while (line_.size() < connections_) {
      line_.push_back(guard_.come("shop", "ann", {}, now));
      if (line_.back().may_verify()) {
        (void)line_.back().wrong(now);
        ++tried_;
        line_.pop_back();
      }
    }
  }
  std::size_t tried() const { return tried_; }

 private:
  void end_first(GuessGuard::Clock::time_point now) {
    (void)line_.front().wrong(now);
    ++tried_;
    line_.pop_front();
  }

  GuessGuard& guard_;
  const std::size_t connections_;
  std::size_t tried_ = 0;
  std::deque<GuessGuard::Place> line_;
};

// Once, and not again for eight seconds.
TEST(Guesser, makes_a_right_password_wait_for_two_seconds_behind_256_that_come_at_once) {
  GuessGuard guard(limits);
  Guesser guesser(guard, limits.late);
  GuessGuard::Clock::time_point now{std::chrono::hours(1)};
  guesser.go_on(now);
  GuessGuard::Place first = guard.come("shop", "ann", {}, now);
  guesser.go_on(now += seconds(2));
  EXPECT_TRUE(first.enter(now));
  GuessGuard::Place second = guard.come("shop", "ann", {}, now);
  guesser.go_on(now += seconds(2));
  EXPECT_FALSE(second.enter(now));
  guesser.go_on(now += seconds(7));
  EXPECT_TRUE(second.enter(now));
}

TEST(Guesser, tries_no_more_with_a_thousand_connections_than_with_a_hundred) {
  constexpr std::size_t lasts = 60;  // seconds
  constexpr std::size_t at_once = limits.bucket + limits.owed + limits.late;
  for (const std::size_t connections : {100u, 1'000u}) {
    GuessGuard guard(limits);
    Guesser guesser(guard, connections);
    GuessGuard::Clock::time_point now{std::chrono::hours(1)};
    for (const auto end = now + seconds(lasts); now < end; now += milliseconds(5)) guesser.go_on(now);
    EXPECT_LE(guesser.tried(), at_once + lasts / 2 + lasts * tried_in_a_second) << connections;
    EXPECT_GE(guesser.tried(), (lasts - 2) * tried_in_a_second) << connections << ": they get their turns";
  }
}

// As long as he keeps fewer waiting than may be wrong in that time.
TEST(Guesser, makes_a_right_password_wait_for_two_seconds_and_no_longer) {
  GuessGuard guard(limits);
  Guesser guesser(guard, 2 * tried_in_a_second - 1);
  GuessGuard::Clock::time_point now{std::chrono::hours(1)};
  for (int login = 0; login < 20; ++login) {
    for (int i = 0; i < 100; ++i) guesser.go_on(now += milliseconds(5));
    GuessGuard::Place right = guard.come("shop", "ann", {}, now);
    ASSERT_FALSE(right.may_verify());
    const auto came = now;
    for (guesser.go_on(now); !right.enter(now); guesser.go_on(now)) {
      now += milliseconds(5);
      ASSERT_LE(now - came, seconds(2)) << login;
    }
  }
}

}  // namespace
}  // namespace doorward
