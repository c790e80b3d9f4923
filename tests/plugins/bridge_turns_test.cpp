// A plugin that is asked more than it can answer: what exceeds its bound is held, the realms take turns, and
// the bridge is as well as its check says.
#include "tests/plugins/open_bridge.hpp"

#include <iterator>
#include <latch>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::plugins {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

// Answers nothing by itself, but for checks.
class Holding {
 public:
  explicit Holding(BridgeOptions with) {
    plugin.table.check = [](void* instance, doorward_ticket ticket) {
      static_cast<Scripted*>(instance)->checked(ticket);
    };
    open.emplace(plugin, std::move(with));
  }
  // The usernames that the plugin has been asked about, once they are so many.
  std::vector<std::string> asked(std::size_t number) {
    return asked_where([&] { return names.size() >= number; });
  }
  // Whether the plugin was asked before that call was given up.
  bool is_asked(const Waiting& call) {
    return !asked_where([&] { return !names.empty() || call.answers() > 0; }).empty();
  }
  void answer_first() {
    doorward_ticket ticket;
    {
      const std::lock_guard lock(mutex);
      ticket = tickets.front();
      tickets.erase(tickets.begin());
    }
    Scripted::answer(ticket, DOORWARD_ACCEPTED, "ann");
  }
  template <class Done>
  std::vector<std::string> asked_where(Done done) {
    EXPECT_TRUE(plugin.wait([&] {
      const std::lock_guard lock(mutex);
      return done();
    }));
    const std::lock_guard lock(mutex);
    return names;
  }
  Waiting& verify(std::string realm, std::string username) {
    Waiting& waiting = waits.emplace_back();
    exchanges.emplace_back(open->bridge, Exchange::Client{std::move(realm), "peer"})
        .verify(std::move(username), Secret("x"), waiting.done());
    return waiting;
  }
  Bridge& bridge() { return open->bridge; }

  std::mutex mutex;
  std::vector<std::string> names;
  std::vector<doorward_ticket> tickets;
  std::atomic<int> checks = 0;
  Scripted plugin{[this](const Scripted::Asked& asked) {
    if (asked.what == "check") {
      ++checks;
      return accept_all(asked);
    }
    if (asked.ticket == 0) return;
    const std::lock_guard lock(mutex);
    names.push_back(asked.text);
    tickets.push_back(asked.ticket);
  }};
  std::optional<Open> open;
  std::list<Waiting> waits;
  std::list<Exchange> exchanges;
};

BridgeOptions one_at_a_time() {
  BridgeOptions one = options();
  one.in_flight = 1;
  return one;
}

TEST(BridgeTurns, hold_what_exceeds_the_bound_and_share_it_by_realm) {
  Holding house(one_at_a_time());
  house.verify("storm", "first");
  EXPECT_THAT(house.asked(1), ElementsAre("first"));
  for (int i = 0; i < 5; ++i) house.verify("storm", "storm " + std::to_string(i));
  house.verify("quiet", "quiet");
  EXPECT_EQ(house.bridge().counts().unanswered, 7u);
  EXPECT_EQ(house.bridge().counts().refused, 0u);
  for (std::size_t answered = 1; answered <= 7; ++answered) {
    house.answer_first();
    if (answered == 7) break;
    EXPECT_EQ(house.asked(answered + 1).size(), answered + 1) << "one at a time";
  }
  for (Waiting& each : house.waits) EXPECT_EQ(each.get().verdict, Verdict::accepted);
  EXPECT_THAT(house.names,
              ElementsAre("first", "storm 0", "quiet", "storm 1", "storm 2", "storm 3", "storm 4"));
}

// A plugin that blocks in its function.
TEST(BridgeTurns, leave_a_thread_to_other_realms_while_calls_of_one_block) {
  std::latch blocks(1), may_go_on(1);
  Scripted plugin([&](const Scripted::Asked& asked) {
    if (asked.ticket != 0 && asked.text == "first") {
      blocks.count_down();
      may_go_on.wait();
    }
    accept_all(asked);
  });
  BridgeOptions two = options();
  two.threads = 2;
  Open open(plugin, two);
  std::list<Exchange> exchanges;
  Waiting first, second, quiet;
  const auto verify = [&](const char* realm, const char* username, Waiting& waiting) {
    exchanges.emplace_back(open.bridge, Exchange::Client{realm, "peer"})
        .verify(username, Secret("x"), waiting.done());
  };
  verify("storm", "first", first);
  blocks.wait();
  verify("storm", "second", second);
  verify("quiet", "ann", quiet);
  EXPECT_EQ(quiet.get().verdict, Verdict::accepted);
  EXPECT_EQ(first.answers() + second.answers(), 0u) << "though a thread is free";
  may_go_on.count_down();
  EXPECT_EQ(first.get().verdict, Verdict::accepted);
  EXPECT_EQ(second.get().verdict, Verdict::accepted);
}

TEST(BridgeTurns, leave_a_full_bridge_up_and_its_check_asked) {
  Holding house(one_at_a_time());
  house.verify("storm", "first");
  EXPECT_THAT(house.asked(1), ElementsAre("first"));
  house.verify("storm", "second");
  const int before = house.checks;
  EXPECT_TRUE(house.plugin.wait([&] { return house.checks >= before + 2; }));
  EXPECT_TRUE(house.bridge().health().up);
  house.answer_first();
  EXPECT_EQ(house.asked(2).size(), 2u);
  house.answer_first();
}

TEST(BridgeTurns, refuse_beyond_the_bound_on_those_that_wait) {
  BridgeOptions small = one_at_a_time();
  small.waiting = 1;
  Holding house(small);
  house.verify("a", "made");
  EXPECT_EQ(house.asked(1).size(), 1u);
  Waiting& held = house.verify("a", "held");
  Waiting& refused = house.verify("b", "refused");
  EXPECT_EQ(refused.get().verdict, Verdict::unavailable);
  EXPECT_THAT(refused.get().reason, HasSubstr("too many calls wait for their turn: 1"));
  EXPECT_EQ(house.bridge().counts().refused, 1u);
  EXPECT_EQ(held.answers(), 0u);
  EXPECT_TRUE(house.bridge().health().up);
  house.answer_first();
  EXPECT_EQ(house.asked(2).size(), 2u);
  house.answer_first();
  EXPECT_EQ(held.get().verdict, Verdict::accepted);
}

TEST(BridgeTurns, that_do_not_come_in_time_are_given_up_and_the_plugin_hears_nothing_of_them) {
  BridgeOptions hasty = one_at_a_time();
  hasty.patience = 20ms;
  Holding house(hasty);
  // On a busy machine it may be the bridge that has no turn for the first one.
  while (!house.is_asked(house.verify("a", "made"))) continue;
  Waiting& made = house.waits.back();
  Waiting& late = house.verify("a", "late");
  EXPECT_EQ(late.get().verdict, Verdict::unavailable);
  EXPECT_THAT(late.get().reason, HasSubstr("its turn did not come within 20 ms"));
  EXPECT_EQ(made.answers(), 0u) << "its turn has come, and its time is another one";
  house.answer_first();
  EXPECT_EQ(made.get().verdict, Verdict::accepted);
  house.exchanges.clear();
  EXPECT_TRUE(house.bridge().close());
  EXPECT_THAT(house.names, ElementsAre("made"));
  EXPECT_GE(house.bridge().counts().refused, 1u);
  EXPECT_EQ(house.bridge().counts().timed_out, 0u);
  EXPECT_EQ(house.bridge().counts().unanswered, 0u);
}

TEST(BridgeTurns, are_left_by_clients_that_vanish) {
  Holding house(one_at_a_time());
  house.verify("a", "made");
  ASSERT_EQ(house.asked(1).size(), 1u);
  house.verify("a", "vanishes");
  house.verify("a", "stays");
  std::next(house.exchanges.begin(), 1)->give_up();
  EXPECT_EQ(house.bridge().counts().unanswered, 2u);
  house.answer_first();
  EXPECT_THAT(house.asked(2), ElementsAre("made", "stays"));
  house.answer_first();
  EXPECT_EQ(house.waits.back().get().verdict, Verdict::accepted);
}

TEST(BridgeTurns, end_with_the_bridge) {
  Holding house(one_at_a_time());
  house.verify("a", "made");
  ASSERT_EQ(house.asked(1).size(), 1u);
  Waiting& held = house.verify("b", "held");
  std::jthread closing([&] { house.bridge().close(); });
  EXPECT_EQ(held.get().verdict, Verdict::unavailable);
  EXPECT_THAT(held.get().reason, HasSubstr("being closed"));
  house.answer_first();
  house.exchanges.clear();  // the plugin is closed once it has none
}

}  // namespace
}  // namespace doorward::plugins
