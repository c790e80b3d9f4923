// A queue's pace is that of its last jobs.
#include "server/login/pool_pace.hpp"

#include <gtest/gtest.h>

namespace doorward {
namespace {

using std::chrono::milliseconds;

TEST(PoolPace, knows_nothing_before_a_job_has_run) {
  EXPECT_EQ(PoolPace().wait(1'000'000, 1), PoolPace::Duration(0));
}

TEST(PoolPace, shares_the_jobs_among_the_workers) {
  PoolPace pace;
  for (int i = 0; i < 10; ++i) pace.ran(milliseconds(20));
  EXPECT_EQ(pace.wait(0, 2), milliseconds(0));
  EXPECT_EQ(pace.wait(100, 1), milliseconds(2'000));
  EXPECT_EQ(pace.wait(100, 4), milliseconds(500));
}

TEST(PoolPace, follows_the_jobs_when_they_become_slow_or_quick) {
  PoolPace pace;
  for (int i = 0; i < 10; ++i) pace.ran(milliseconds(10));
  for (int i = 0; i < 40; ++i) pace.ran(milliseconds(90));
  EXPECT_GT(pace.wait(1, 1), milliseconds(85));
  EXPECT_LE(pace.wait(1, 1), milliseconds(90));
  for (int i = 0; i < 40; ++i) pace.ran(milliseconds(10));
  EXPECT_LT(pace.wait(1, 1), milliseconds(15));
  EXPECT_GE(pace.wait(1, 1), milliseconds(10));
}

}  // namespace
}  // namespace doorward
