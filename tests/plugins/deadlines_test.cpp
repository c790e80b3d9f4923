// When calls are over, by times that the test makes up.
#include "plugins/host/deadlines.hpp"

#include <chrono>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::plugins {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class Times : public testing::Test {
 protected:
  std::vector<doorward_ticket> due(std::chrono::seconds at) {
    std::vector<doorward_ticket> tickets;
    while (const auto each = deadlines.take_due(start + at)) {
      EXPECT_EQ(each->call, static_cast<int>(each->ticket) * 10);
      tickets.push_back(each->ticket);
    }
    return tickets;
  }
  void add(doorward_ticket ticket, std::chrono::seconds at) {
    deadlines.add(ticket, start + at, static_cast<int>(ticket) * 10);
  }

  const Deadlines<int>::Time start{};
  Deadlines<int> deadlines;
};

TEST_F(Times, come_in_their_order_and_once) {
  add(1, 9s);
  add(2, 3s);
  add(3, 3s);
  EXPECT_EQ(deadlines.first(), start + 3s);
  EXPECT_THAT(due(2s), ElementsAre());
  EXPECT_THAT(due(3s), ElementsAre(2, 3));
  EXPECT_THAT(due(3s), ElementsAre());
  EXPECT_THAT(due(99s), ElementsAre(1));
  EXPECT_TRUE(deadlines.empty());
}

TEST_F(Times, are_another_one_once_the_turn_has_come) {
  add(1, 7s);
  add(2, 8s);
  deadlines.move(2, start + 5s);
  deadlines.move(1, start + 12s);
  deadlines.move(3, start);  // nobody's
  EXPECT_THAT(due(8s), ElementsAre(2));
  EXPECT_THAT(due(12s), ElementsAre(1));
}

TEST_F(Times, are_not_kept_of_what_was_answered) {
  add(1, 7s);
  deadlines.remove(1);
  deadlines.remove(1);
  EXPECT_TRUE(deadlines.empty());
  deadlines.move(1, start + 9s);
  EXPECT_TRUE(deadlines.empty());
}

}  // namespace
}  // namespace doorward::plugins
