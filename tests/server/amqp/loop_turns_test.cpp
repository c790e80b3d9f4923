// Steps of one loop take turns between realms, once there are many.
#include "server/amqp/loop_turns.hpp"

#include <algorithm>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

namespace asio = boost::asio;
using testing::ElementsAre;

class Turns : public testing::Test {
 protected:
  // A session that takes so many steps and tells of each.
  void begin(const std::string& realm, int steps) {
    asio::co_spawn(loop, session(realm, steps), asio::detached);
  }
  Task<void> session(std::string realm, int steps) {
    for (int i = 0; i < steps; ++i) {
      co_await turns->wait(realm);
      took.push_back(realm);
    }
  }
  void log_in(std::int64_t many) {
    for (; many > 0; --many) tokens.emplace_back(states).become(ConnectionState::login);
  }

  ConnectionStates states;
  std::list<ConnectionStates::Token> tokens;
  asio::io_context loop;
  std::unique_ptr<LoopTurns> turns = std::make_unique<LoopTurns>(loop.get_executor(), states);
  std::vector<std::string> took;
};

TEST_F(Turns, are_needed_once_many_log_in) {
  log_in(LoopTurns::few);
  EXPECT_FALSE(turns->needed());
  tokens.emplace_back(states);  // one that has only come
  EXPECT_FALSE(turns->needed());
  log_in(1);
  EXPECT_TRUE(turns->needed());
  tokens.pop_back();
  EXPECT_FALSE(turns->needed());
}

TEST_F(Turns, are_needed_as_long_as_somebody_waits) {
  begin("a", 1);
  for (int handlers = 0; handlers < 3 && !turns->needed(); ++handlers) loop.poll_one();
  EXPECT_TRUE(turns->needed());
  loop.run();
  EXPECT_FALSE(turns->needed());
  EXPECT_THAT(took, ElementsAre("a"));
}

TEST_F(Turns, come_to_a_realm_that_is_quiet_before_the_crowd_of_another) {
  for (int i = 0; i < 100; ++i) begin("crowd", 1);
  begin("quiet", 2);
  loop.run();
  ASSERT_EQ(took.size(), 102u);
  const auto first = std::ranges::find(took, "quiet") - took.begin();
  const auto second = std::find(took.begin() + first + 1, took.end(), "quiet") - took.begin();
  EXPECT_EQ(first, 1) << "one of the crowd came first";
  EXPECT_LE(second, 8) << "its next step waits for those that go on together, and not for a hundred";
}

TEST_F(Turns, keep_the_order_within_a_realm_and_forget_nobody) {
  for (int i = 0; i < 50; ++i) begin("a", 7);
  loop.run();
  EXPECT_EQ(took.size(), 350u);
}

TEST_F(Turns, end_with_the_loop_for_those_who_wait) {
  for (int i = 0; i < 10; ++i) begin("a", 1);
  loop.poll_one();
  loop.stop();
  turns.reset();
  EXPECT_TRUE(took.empty());
}

}  // namespace
}  // namespace doorward
