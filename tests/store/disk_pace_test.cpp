#include "store/disk_pace.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto loop = Patience::none;
constexpr auto worker = Patience::some_seconds;
constexpr auto slow = DiskPace::usual_slow_from;
constexpr auto quick = DiskPace::usual_slow_from - 1ns;

class DiskPaceTest : public ::testing::Test {
 protected:
  // A look-up that takes so long; false where it was refused.
  bool looks_up(Patience patience, std::chrono::nanoseconds time) {
    const auto look_up = pace_.begin(patience, now_);
    now_ += time;
    if (look_up) pace_.end(*look_up, now_);
    return look_up.has_value();
  }
  bool loop_may() { return looks_up(loop, 0ns); }

  std::vector<bool> told_;
  DiskPace pace_{[this](bool slow) { told_.push_back(slow); }};
  DiskPace::Clock::time_point now_{1h};
};

TEST_F(DiskPaceTest, loops_look_up_as_long_as_the_disk_is_quick) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(looks_up(loop, quick));
  EXPECT_TRUE(looks_up(worker, quick));
  EXPECT_TRUE(loop_may());
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(DiskPaceTest, one_slow_look_up_is_the_last_of_the_loops) {
  EXPECT_TRUE(looks_up(loop, slow));
  EXPECT_FALSE(loop_may());
  EXPECT_TRUE(looks_up(worker, slow));
  EXPECT_FALSE(loop_may());
  EXPECT_THAT(told_, ElementsAre(true));
}

TEST_F(DiskPaceTest, a_slow_one_of_a_worker_tells_as_much) {
  EXPECT_TRUE(looks_up(worker, slow));
  EXPECT_FALSE(loop_may());
}

TEST_F(DiskPaceTest, while_one_does_not_come_back_no_other_loop_tries) {
  const auto hangs = pace_.begin(loop, now_);
  now_ += quick;
  EXPECT_TRUE(loop_may()) << "it is not overdue yet";
  now_ += 1ns;
  EXPECT_FALSE(loop_may());
  EXPECT_THAT(told_, ElementsAre(true)) << "before it came back";
  now_ += 1h;
  EXPECT_TRUE(looks_up(worker, 0ns));
  EXPECT_FALSE(loop_may()) << "another page may be in memory";
  pace_.end(*hangs, now_);
  EXPECT_FALSE(loop_may());
}

TEST_F(DiskPaceTest, one_that_began_beside_another_is_watched_no_less_when_it_ends) {
  const auto first = pace_.begin(loop, now_);
  const auto second = pace_.begin(loop, now_);
  pace_.end(*first, now_);
  now_ += slow;
  EXPECT_TRUE(loop_may()) << "nobody can know yet";
  pace_.end(*second, now_);
  EXPECT_FALSE(loop_may());
}

TEST_F(DiskPaceTest, a_quick_look_up_of_a_worker_after_a_while_lets_the_loops_back) {
  looks_up(loop, slow);
  const auto was_slow = now_;
  now_ = was_slow + DiskPace::quick_for - 1ns;
  EXPECT_TRUE(looks_up(worker, 0ns));
  EXPECT_FALSE(loop_may()) << "too early";
  now_ = was_slow + DiskPace::quick_for;
  EXPECT_FALSE(loop_may()) << "time alone proves nothing";
  EXPECT_TRUE(looks_up(worker, 0ns));
  EXPECT_TRUE(loop_may());
  EXPECT_THAT(told_, ElementsAre(true, false));
}

TEST_F(DiskPaceTest, while_workers_find_it_slow_the_loops_never_try) {
  looks_up(loop, slow);
  for (int i = 0; i < 100; ++i) {
    now_ += DiskPace::quick_for - 1s;
    EXPECT_FALSE(loop_may());
    EXPECT_TRUE(looks_up(worker, slow));
    EXPECT_TRUE(looks_up(worker, quick));
  }
  EXPECT_FALSE(loop_may());
  EXPECT_THAT(told_, ElementsAre(true));
}

TEST_F(DiskPaceTest, it_may_become_slow_again) {
  for (int i = 0; i < 2; ++i) {
    looks_up(loop, slow);
    now_ += DiskPace::quick_for;
    looks_up(worker, quick);
  }
  EXPECT_THAT(told_, ElementsAre(true, false, true, false));
}

}  // namespace
}  // namespace doorward
