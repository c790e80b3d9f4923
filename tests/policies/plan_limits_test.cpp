// How many addresses the limits of a plan hold.
#include "policies/plan_limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::Optional;

std::size_t fits(Allowance allowance, const Amounts& each, std::size_t at_most) {
  std::size_t count = 0;
  while (count < at_most && !allowance.take(each)) ++count;
  return count;
}

TEST(PlanLimits, hold_as_many_as_the_numbers_say) {
  EXPECT_EQ(fits(Allowance({{"broker", 1.0}}), {{"broker", 0.001}}, 2'000), 1'000u);
  EXPECT_EQ(fits(Allowance({{"broker", 0.3}}), {{"broker", 0.1}}, 10), 3u);
  EXPECT_EQ(fits(Allowance({{"broker", 10}}), {{"broker", 3}}, 10), 3u);
  EXPECT_EQ(fits(Allowance({{"broker", 0}}), {{"broker", 0.001}}, 10), 0u);
  EXPECT_EQ(fits(Allowance({{"broker", 1}}), {{"broker", 1.001}}, 10), 0u);
}

TEST(PlanLimits, without_a_limit_or_a_need_there_is_no_end) {
  EXPECT_EQ(fits(Allowance({}), {{"broker", 100}}, 10), 10u);
  EXPECT_EQ(fits(Allowance({{"broker", 0}}), {{"broker", 0}}, 10), 10u);
  EXPECT_EQ(fits(Allowance({{"broker", 0}}), {}, 10), 10u);
}

TEST(PlanLimits, every_amount_counts_and_all_of_them_together) {
  EXPECT_EQ(fits(Allowance({{"broker", 10}, {"router", 2}}), {{"broker", 1}, {"router", 1}}, 10), 2u);
  EXPECT_EQ(fits(Allowance({{"broker", 10}, {"aggregate", 6}}), {{"broker", 1}, {"router", 1}}, 10), 3u);
}

TEST(PlanLimits, what_is_refused_takes_nothing) {
  Allowance allowance({{"broker", 1}, {"router", 1}});
  EXPECT_NE(allowance.take({{"broker", 2}, {"router", 1}}), std::nullopt);
  EXPECT_EQ(allowance.take({{"broker", 1}, {"router", 1}}), std::nullopt);
}

TEST(PlanLimits, many_at_once_count_as_one_by_one) {
  Allowance allowance({{"broker", 1}});
  EXPECT_NE(allowance.take({{"broker", 0.001}}, 1'001), std::nullopt);
  EXPECT_EQ(allowance.take({{"broker", 0.001}}, 999), std::nullopt);
  EXPECT_THAT(
      allowance.take({{"broker", 0.002}}),
      Optional(std::string("1 of broker, of which 999 addresses have 0.999, and this one needs 0.002")));
  EXPECT_EQ(allowance.take({{"broker", 0.001}}), std::nullopt);
}

TEST(PlanLimits, the_numbers_are_told) {
  Allowance allowance({{"broker", 0.5}});
  ASSERT_EQ(allowance.take({{"broker", 0.25}}), std::nullopt);
  ASSERT_EQ(allowance.take({{"broker", 0.25}}), std::nullopt);
  EXPECT_THAT(
      allowance.take({{"broker", 0.001}}),
      Optional(std::string("0.5 of broker, of which 2 addresses have 0.5, and this one needs 0.001")));
}

}  // namespace
}  // namespace doorward
