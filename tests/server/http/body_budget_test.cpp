// What bodies may take together: bounds on both sides, and everything comes back.
#include "server/http/body_budget.hpp"

#include <optional>

#include <gtest/gtest.h>

namespace doorward::http {
namespace {

TEST(BodyBudgetTest, bounds_all_bodies_together) {
  BodyBudget budget(100, 100);
  BodyBudget::Share first(budget, "a"), second(budget, "b");
  EXPECT_TRUE(first.grow(60));
  EXPECT_FALSE(second.grow(41));
  EXPECT_EQ(budget.taken(), 60u);
  EXPECT_TRUE(second.grow(40));
  EXPECT_FALSE(first.grow(1));
}

TEST(BodyBudgetTest, bounds_the_bodies_of_each_caller) {
  BodyBudget budget(100, 50);
  BodyBudget::Share first(budget, "a"), second(budget, "a"), other(budget, "b");
  EXPECT_TRUE(first.grow(30));
  EXPECT_FALSE(second.grow(21));
  EXPECT_TRUE(second.grow(20));
  EXPECT_TRUE(other.grow(50));
}

TEST(BodyBudgetTest, takes_back_what_a_body_had_at_its_end) {
  constexpr std::size_t mib = 1 << 20;  // also enough for memory to be given back to the system
  BodyBudget budget(4 * mib, 4 * mib);
  std::optional<BodyBudget::Share> body;
  for (int i = 0; i < 3; ++i) {
    body.emplace(budget, "a");
    EXPECT_TRUE(body->grow(3 * mib));
    EXPECT_TRUE(body->grow(mib));
    EXPECT_FALSE(body->grow(1));
    body.reset();
    EXPECT_EQ(budget.taken(), 0u);
  }
}

TEST(BodyBudgetTest, knows_no_size_that_overflows) {
  BodyBudget budget(100, 50);
  BodyBudget::Share body(budget, "a");
  EXPECT_TRUE(body.grow(10));
  EXPECT_FALSE(body.grow(static_cast<std::size_t>(-1)));
  EXPECT_EQ(budget.taken(), 10u);
}

}  // namespace
}  // namespace doorward::http
