// Turns are shared among tenants, whatever each of them brings.
#include "store/model/fair_queue.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::ElementsAre;

std::vector<std::string> take_all(FairQueue<std::string>& queue) {
  std::vector<std::string> taken;
  while (!queue.empty()) taken.push_back(queue.pop());
  return taken;
}

TEST(FairQueue, keeps_the_order_within_a_tenant) {
  FairQueue<std::string> queue;
  for (const char* item : {"1", "2", "3"}) queue.push("a", item);
  EXPECT_THAT(take_all(queue), ElementsAre("1", "2", "3"));
}

TEST(FairQueue, takes_one_of_each_tenant_in_turn) {
  FairQueue<std::string> queue;
  for (const char* item : {"a1", "a2", "a3"}) queue.push("a", item);
  queue.push("b", "b1");
  for (const char* item : {"c1", "c2"}) queue.push("c", item);
  EXPECT_THAT(take_all(queue), ElementsAre("a1", "b1", "c1", "a2", "c2", "a3"));
}

TEST(FairQueue, puts_a_tenant_that_comes_back_at_the_end_of_the_round) {
  FairQueue<std::string> queue;
  queue.push("a", "a1");
  queue.push("b", "b1");
  EXPECT_EQ(queue.pop(), "a1");
  queue.push("a", "a2");
  EXPECT_THAT(take_all(queue), ElementsAre("b1", "a2"));
}

TEST(FairQueue, counts) {
  FairQueue<std::string> queue;
  EXPECT_TRUE(queue.empty());
  queue.push("a", "1");
  queue.push("a", "2");
  queue.push("b", "1");
  EXPECT_EQ(queue.size(), 3u);
  EXPECT_EQ(queue.tenants(), 2u);
  queue.pop();
  queue.pop();
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(queue.tenants(), 1u) << "nothing is kept of a tenant that waits for nothing";
}

TEST(FairQueue, lets_one_go_before_its_own_line_and_before_no_other) {
  FairQueue<std::string> queue;
  queue.push("a", "a2");
  queue.push("b", "b1");
  queue.push_first("c", "c1");
  queue.push_first("a", "a1");
  EXPECT_EQ(queue.size(), 4u);
  EXPECT_THAT(take_all(queue), ElementsAre("a1", "b1", "c1", "a2"));
}

TEST(FairQueue, lets_one_leave_its_line) {
  FairQueue<std::string> queue;
  for (const char* item : {"a1", "a2", "a3"}) queue.push("a", item);
  queue.push("b", "b1");
  const auto leave = [&](const char* tenant, const char* item) {
    return queue.erase_first(tenant, [&](const std::string& each) { return each == item; });
  };
  EXPECT_TRUE(leave("a", "a2"));
  EXPECT_FALSE(leave("a", "a2")) << "it has left";
  EXPECT_FALSE(leave("a", "b1")) << "another tenant's";
  EXPECT_FALSE(leave("c", "c1")) << "nobody's";
  EXPECT_TRUE(leave("b", "b1")) << "the last of its line";
  EXPECT_EQ(queue.tenants(), 1u);
  EXPECT_EQ(queue.size(), 2u);
  queue.push("b", "b2");
  EXPECT_THAT(take_all(queue), ElementsAre("a1", "b2", "a3"));
}

TEST(FairQueue, passes_over_those_who_may_not_and_leaves_them_their_turn) {
  FairQueue<std::string> queue;
  for (const char* item : {"a1", "a2"}) queue.push("a", item);
  for (const char* item : {"b1", "b2"}) queue.push("b", item);
  queue.push("c", "c1");
  const auto not_a = [](std::string_view tenant) { return tenant != "a"; };
  const auto nobody = [](std::string_view) { return false; };
  EXPECT_EQ(queue.pop_where(not_a), std::pair(std::string("b"), std::string("b1")));
  EXPECT_FALSE(queue.has_where(nobody));
  EXPECT_EQ(queue.pop_where(nobody), std::nullopt);
  EXPECT_TRUE(queue.has_where(not_a));
  EXPECT_THAT(take_all(queue), ElementsAre("a1", "c1", "b2", "a2"));
  EXPECT_FALSE(queue.has_where(not_a));
}

TEST(FairQueue, lets_one_of_few_wait_for_no_more_than_a_round_of_many) {
  FairQueue<std::string> queue;
  for (int i = 0; i < 1'000; ++i) queue.push("storm", "storm");
  for (int i = 0; i < 10; ++i) queue.push("tenant " + std::to_string(i), "other");
  queue.push("quiet", "quiet");
  std::size_t before = 0;
  while (queue.pop() != "quiet") ++before;
  EXPECT_EQ(before, 11u);
}

TEST(FairQueue, holds_what_cannot_be_copied) {
  FairQueue<std::unique_ptr<int>> queue;
  queue.push("a", std::make_unique<int>(7));
  EXPECT_EQ(*queue.pop(), 7);
}

}  // namespace
}  // namespace doorward
