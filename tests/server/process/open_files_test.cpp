#include "server/process/open_files.hpp"

#include <sys/resource.h>

#include <gtest/gtest.h>

namespace doorward {
namespace {

TEST(OpenFiles, leave_connections_what_the_rest_does_not_need) {
  constexpr std::size_t threads = 2;
  constexpr std::size_t reserved = 64 + threads * 16;
  EXPECT_EQ(connections_within(1'000'000, 16'384, threads), 16'384u);
  EXPECT_EQ(connections_within(reserved + 100, 100, threads), 100u);
  EXPECT_EQ(connections_within(reserved + 100, 101, threads), 100u);
  EXPECT_EQ(connections_within(reserved + 1, 16'384, threads), 1u);
  EXPECT_EQ(connections_within(reserved, 16'384, threads), 1u);
  EXPECT_EQ(connections_within(0, 16'384, threads), 1u);
}

TEST(OpenFiles, are_raised_to_the_hard_limit) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low{before.rlim_max / 2, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_open_files(), before.rlim_max);
  rlimit after{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace doorward
