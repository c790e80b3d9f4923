// However much a tenant wants, something is left for the next one.
#include "store/model/fair_shares.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::ElementsAre;

// What each of several gets that want all, one after the other.
std::vector<std::size_t> take_all(FairShares& shares, std::initializer_list<const char*> tenants) {
  std::vector<std::size_t> got;
  for (const char* tenant : tenants) {
    while (shares.may_take(tenant)) shares.take(tenant);
    got.push_back(shares.held(tenant));
  }
  return got;
}

TEST(FairShares, are_half_for_one_and_half_of_what_is_left_for_the_next) {
  FairShares sixteen(16);
  EXPECT_THAT(take_all(sixteen, {"a", "b", "c", "d", "e", "f"}), ElementsAre(8, 4, 2, 1, 1, 0));
  EXPECT_EQ(sixteen.free(), 0u);
}

TEST(FairShares, are_something_for_one_at_least) {
  for (const auto& [all, half] :
       {std::pair(1, 1), std::pair(2, 1), std::pair(3, 2), std::pair(4, 2), std::pair(5, 3)}) {
    FairShares shares(static_cast<std::size_t>(all));
    EXPECT_THAT(take_all(shares, {"a"}), ElementsAre(half)) << all;
  }
}

TEST(FairShares, are_given_back) {
  FairShares shares(4);
  EXPECT_THAT(take_all(shares, {"a", "b", "c"}), ElementsAre(2, 1, 1));
  shares.give_back("b");
  EXPECT_FALSE(shares.may_take("a"));
  EXPECT_TRUE(shares.may_take("b"));
  EXPECT_TRUE(shares.may_take("d"));
  shares.give_back("a");
  EXPECT_EQ(shares.held("a"), 1u);
  EXPECT_TRUE(shares.may_take("a"));
  shares.give_back("a");
  shares.give_back("c");
  EXPECT_EQ(shares.free(), 4u);
}

}  // namespace
}  // namespace doorward
