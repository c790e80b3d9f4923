// A realm gets what its plan allows, in the order of arrival, and takes nothing from others.
#include "server/login/login_rates.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace doorward {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = LoginRates::Clock;

class Rates : public testing::Test {
 protected:
  // How long a login that comes now is held; -1: it is not let in.
  milliseconds::rep held(double rate, Clock::duration patience = seconds(10),
                         const std::string& realm = "shop") {
    const auto when = rates.admit(realm, rate, now, patience);
    return when ? std::chrono::round<milliseconds>(*when - now).count() : -1;
  }
  LoginRates rates;
  Clock::time_point now{std::chrono::hours(1)};
};

TEST_F(Rates, let_one_seconds_worth_in_at_once_and_hold_the_rest_in_order) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(held(4), 0) << i;
  EXPECT_EQ(held(4), 250);
  EXPECT_EQ(held(4), 500);
  now += milliseconds(500);
  EXPECT_EQ(held(4), 250) << "those before have their places";
}

TEST_F(Rates, fill_up_while_nobody_comes_but_for_no_more_than_a_second) {
  for (int i = 0; i < 4; ++i) held(4);
  now += milliseconds(500);
  EXPECT_EQ(held(4), 0);
  EXPECT_EQ(held(4), 0);
  EXPECT_EQ(held(4), 250);
  now += seconds(100);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(held(4), 0) << i;
  EXPECT_EQ(held(4), 250);
}

TEST_F(Rates, hold_nobody_back_for_another_realm) {
  for (int i = 0; i < 100; ++i) held(1);
  EXPECT_EQ(held(1, seconds(10), "quiet"), 0);
}

TEST_F(Rates, give_no_place_to_whom_there_is_no_time_for) {
  EXPECT_EQ(held(1, seconds(2)), 0);
  EXPECT_EQ(held(1, seconds(2)), 1'000);
  EXPECT_EQ(held(1, seconds(2)), 2'000);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(held(1, seconds(2)), -1);
  EXPECT_EQ(held(1, seconds(3)), 3'000) << "the refused ones took no place";
}

TEST_F(Rates, give_the_place_of_who_has_gone_to_the_next) {
  held(1);
  EXPECT_EQ(held(1), 1'000);
  rates.give_back("shop");
  EXPECT_EQ(held(1), 1'000);
  rates.give_back("nowhere");
}

TEST_F(Rates, may_be_less_than_one_or_next_to_nothing) {
  EXPECT_EQ(held(0.5), 0);
  EXPECT_EQ(held(0.5), 2'000);
  EXPECT_EQ(held(1e-300, seconds(10), "rare"), 0);
  EXPECT_EQ(held(1e-300, seconds(10), "rare"), -1);
}

TEST_F(Rates, of_none_let_nobody_in) {
  EXPECT_EQ(held(0), -1);
  EXPECT_EQ(held(-1), -1);
}

TEST_F(Rates, beyond_what_the_clock_tells_apart_hold_nobody) {
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(held(1e300), 0);
}

TEST_F(Rates, count_from_now_on_when_the_plan_changes) {
  held(1);
  EXPECT_EQ(held(1), 1'000);
  for (int i = 0; i < 10; ++i) held(100);
  EXPECT_EQ(held(100), 0) << "two places of a second became two of ten milliseconds";
  for (int i = 0; i < 100; ++i) held(100);
  const auto before = held(100);
  EXPECT_GT(held(1, seconds(1'000)), before * 90) << "and back";
}

TEST_F(Rates, that_were_too_low_by_mistake_hold_nobody_once_they_are_mended) {
  EXPECT_EQ(held(0.0001), 0);
  EXPECT_EQ(held(0.0001), -1);
  EXPECT_EQ(held(1'000), 0);
}

TEST_F(Rates, forget_realms_that_hold_nobody_back) {
  for (int i = 0; i < 10'000; ++i) {
    held(10, seconds(1), "realm " + std::to_string(i));
    now += seconds(1);
  }
  EXPECT_LE(rates.realms(), 64u);
}

}  // namespace
}  // namespace doorward
