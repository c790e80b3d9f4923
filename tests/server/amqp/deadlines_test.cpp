// One timer for all whose time is equally long.
#include "server/amqp/deadlines.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class DeadlinesTest : public testing::Test {
 protected:
  class Named final : public Deadlines::Entry {
   public:
    Named(std::string name, std::vector<std::string>& over) : name_(std::move(name)), over_(over) {}

   private:
    void time_is_over() override { over_.push_back(name_); }

    const std::string name_;
    std::vector<std::string>& over_;
  };

  // Until nobody's time is left. Returns at once where nobody's is.
  void run() {
    brief.drain();
    long_.drain();
    loop.restart();  // it may have run out of work before
    loop.run();
  }

  std::vector<std::string> over;
  boost::asio::io_context loop;
  Deadlines brief{loop.get_executor(), 1ms};
  Deadlines long_{loop.get_executor(), 24h};
};

TEST_F(DeadlinesTest, end_in_the_order_in_which_they_began) {
  Named first("first", over), second("second", over);
  brief.begin(first);
  brief.begin(second);
  EXPECT_LE(first.deadline(), second.deadline());
  run();
  EXPECT_THAT(over, ElementsAre("first", "second"));
  EXPECT_GE(Deadlines::Clock::now(), second.deadline());
}

TEST_F(DeadlinesTest, end_for_those_who_are_still_there) {
  std::optional<Named> first(std::in_place, "first", over);
  Named second("second", over);
  brief.begin(*first);
  brief.begin(second);
  first.reset();
  run();
  EXPECT_THAT(over, ElementsAre("second"));
}

TEST_F(DeadlinesTest, begin_anew) {
  Named first("first", over), second("second", over);
  brief.begin(first);
  brief.begin(second);
  const auto before = first.deadline();
  brief.begin(first);
  EXPECT_GE(first.deadline(), before);
  run();
  EXPECT_THAT(over, ElementsAre("second", "first"));
}

TEST_F(DeadlinesTest, are_exchanged_for_others) {
  {
    Named first("first", over), second("second", over);
    brief.begin(first);
    brief.begin(second);
    long_.begin(first);
    EXPECT_GT(first.deadline(), Deadlines::Clock::now() + 1h);
    while (over.empty()) loop.run_one();
    EXPECT_THAT(over, ElementsAre("second"));
  }
  run();
}

TEST_F(DeadlinesTest, begin_again_when_all_have_ended) {
  Named first("first", over), second("second", over);
  brief.begin(first);
  while (over.empty()) loop.run_one();
  brief.begin(second);
  run();
  EXPECT_THAT(over, ElementsAre("first", "second"));
}

TEST_F(DeadlinesTest, may_begin_as_another_ends) {
  class Again final : public Deadlines::Entry {
   public:
    explicit Again(Deadlines& deadlines) : deadlines_(deadlines) {}
    int times = 0;

   private:
    void time_is_over() override {
      if (++times < 3) deadlines_.begin(*this);
    }
    Deadlines& deadlines_;
  };
  Again again(brief);
  brief.begin(again);
  run();
  EXPECT_EQ(again.times, 3);
}

TEST_F(DeadlinesTest, keep_no_loop_running_that_drains_for_nobody) {
  std::optional<Named> only(std::in_place, "only", over);
  long_.begin(*only);
  loop.poll();
  EXPECT_FALSE(loop.stopped());
  long_.drain();
  loop.poll();
  EXPECT_FALSE(loop.stopped()) << "whose time runs is waited for";
  only.reset();
  loop.run();
  EXPECT_THAT(over, IsEmpty());
}

TEST_F(DeadlinesTest, may_go_before_their_entries) {
  Named late("late", over);
  {
    Deadlines gone(loop.get_executor(), 24h);
    gone.begin(late);
  }
  brief.begin(late);
  run();
  EXPECT_THAT(over, ElementsAre("late"));
}

}  // namespace
}  // namespace doorward
