// What becomes of calls: each is answered once to whoever waits, whatever the plugin does, and each exchange
// is released once, never under the plugin's hands.
#include "plugins/host/bridge.hpp"

#include "tests/plugins/open_bridge.hpp"

#include <latch>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::plugins {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Bridge, verifies_a_password_and_closes_behind_itself) {
  Scripted plugin(accept_all);
  {
    Open open(plugin);
    Waiting waiting;
    Exchange exchange(open.bridge, {"shop", "peer"});
    exchange.verify("ann", Secret("pencil"), waiting.done());
    EXPECT_EQ(waiting.get().verdict, Verdict::accepted);
    EXPECT_EQ(waiting.get().identity, "ann");
  }
  EXPECT_EQ(plugin.opened, 1);
  EXPECT_EQ(plugin.closed, 1);
  EXPECT_EQ(plugin.released, 1);
  EXPECT_EQ(plugin.cancelled, 0);
}

TEST(Bridge, carries_an_exchange_over_its_steps) {
  Scripted plugin([](const Scripted::Asked& asked) {
    if (asked.what == "start") Scripted::answer(asked.ticket, DOORWARD_CONTINUE, {}, "who?");
    if (asked.what == "step") Scripted::answer(asked.ticket, DOORWARD_ACCEPTED, asked.text);
  });
  Open open(plugin);
  EXPECT_THAT(open.bridge.mechanisms(), ElementsAre("X-TEST", "PLAIN"));
  EXPECT_TRUE(open.bridge.carries("X-TEST"));
  EXPECT_FALSE(open.bridge.carries("PLAIN"));
  Waiting waiting;
  Exchange exchange(open.bridge, {"shop", "peer"});
  exchange.start("X-TEST", std::nullopt, waiting.done());
  EXPECT_EQ(waiting.get(0).challenge, "who?");
  exchange.step(Secret("ann"), waiting.done());
  EXPECT_EQ(waiting.get(1).identity, "ann");
}

TEST(Bridge, takes_an_answer_from_another_thread_while_the_call_has_not_returned) {
  std::latch may_return(1), answered(1);
  Scripted plugin([&](const Scripted::Asked& asked) {
    if (asked.what != "start") return accept_all(asked);
    std::thread([&] { Scripted::answer(asked.ticket, DOORWARD_CONTINUE); }).join();
    answered.count_down();
    may_return.wait();
  });
  Open open(plugin);
  Waiting waiting;
  Exchange exchange(open.bridge, {"shop", "peer"});
  exchange.start("X-TEST", std::nullopt, waiting.done());
  answered.wait();
  EXPECT_EQ(waiting.answers(), 0u);
  may_return.count_down();
  EXPECT_EQ(waiting.get().verdict, Verdict::proceed);
}

TEST(Bridge, ignores_a_second_answer_and_a_made_up_ticket_and_counts_them) {
  Scripted plugin([](const Scripted::Asked& asked) {
    accept_all(asked);
    if (asked.ticket == 0) return;
    Scripted::answer(asked.ticket, DOORWARD_ACCEPTED, "mallory");
    Scripted::answer(asked.ticket + 1'000, DOORWARD_ACCEPTED, "mallory");
    Scripted::answer(0, DOORWARD_ACCEPTED, "mallory");
    Scripted::host->complete(asked.ticket, nullptr);
    Scripted::host->log(asked.ticket, 99, {nullptr, 7});
  });
  Open open(plugin);
  Waiting waiting;
  Exchange exchange(open.bridge, {"shop", "peer"});
  exchange.verify("ann", Secret("pencil"), waiting.done());
  EXPECT_EQ(waiting.get().identity, "ann");
  exchange.give_up();
  EXPECT_TRUE(open.bridge.close());
  EXPECT_EQ(waiting.answers(), 1u);
  EXPECT_EQ(open.bridge.counts().unexpected_answers, 3u);
}

TEST(Bridge, ends_a_call_that_is_not_answered_and_releases_it_when_the_answer_comes) {
  std::atomic<doorward_ticket> ticket = 0;
  Scripted plugin([&](const Scripted::Asked& asked) { ticket = asked.ticket; });
  Open open(plugin, options(20ms));
  Waiting waiting;
  Exchange exchange(open.bridge, {"shop", "peer"});
  exchange.verify("ann", Secret("pencil"), waiting.done());
  EXPECT_EQ(waiting.get().verdict, Verdict::unavailable);
  EXPECT_THAT(waiting.get().reason, HasSubstr("did not answer within 20 ms"));
  EXPECT_TRUE(plugin.wait([&] { return plugin.cancelled == 1; }));
  EXPECT_EQ(plugin.released, 0);
  Scripted::answer(ticket, DOORWARD_ACCEPTED, "ann");
  EXPECT_TRUE(plugin.wait([&] { return plugin.released == 1; }));
  EXPECT_EQ(waiting.answers(), 1u);
  EXPECT_EQ(open.bridge.counts().timed_out, 1u);
}

TEST(Bridge, is_as_well_as_its_last_check_says) {
  std::atomic<bool> well = false;
  Scripted plugin([&](const Scripted::Asked& asked) {
    if (asked.what == "check")
      Scripted::answer(asked.ticket, well ? DOORWARD_ACCEPTED : DOORWARD_UNAVAILABLE);
  });
  plugin.table.check = [](void* instance, doorward_ticket ticket) {
    auto& self = *static_cast<Scripted*>(instance);
    self.checked(ticket);
  };
  Bridge bridge(plugin.library(), options());
  EXPECT_FALSE(bridge.wait_for_health(patience).up);
  EXPECT_THAT(bridge.health().reason, HasSubstr("check fails"));
  well = true;
  EXPECT_TRUE(plugin.wait([&] { return bridge.health().up; }));
}

TEST(Bridge, gives_up_an_open_that_fails_and_tries_again) {
  Scripted plugin([](const Scripted::Asked&) {});
  plugin.table.open = [](const doorward_host* host, const doorward_settings*, void** instance, char* reason,
                         std::size_t size) {
    static std::atomic<int> tries = 0;
    Scripted::host = host;
    *instance = Scripted::current();
    if (++tries > 1) return 0;
    std::snprintf(reason, size, "the directory is on fire\n");
    return -1;
  };
  Bridge bridge(plugin.library(), options());
  const Health first = bridge.wait_for_health(patience);
  EXPECT_TRUE(first.up || first.reason == R"("the directory is on fire\x0a")") << first.reason;
  while (!bridge.health().up) std::this_thread::yield();
}

TEST(Bridge, refuses_mechanisms_that_are_no_names) {
  for (const char* name : {"", "plain", "A23456789012345678901", "A B", "\xff"}) {
    Scripted plugin(accept_all);
    plugin.mechanisms = {name, nullptr};
    Bridge bridge(plugin.library(), options());
    EXPECT_FALSE(bridge.wait_for_health(patience).up);
    EXPECT_THAT(bridge.health().reason, HasSubstr("no name of one"));
  }
  Scripted plugin(accept_all);
  plugin.mechanisms = {"A2345678901234567890", "X_Y-2", nullptr};
  Open open(plugin);
  EXPECT_THAT(open.bridge.mechanisms(), ElementsAre("A2345678901234567890", "X_Y-2", "PLAIN"));
}

TEST(Bridge, leaves_a_plugin_behind_that_never_returns) {
  std::latch never(1), inside(1);
  std::atomic<doorward_ticket> ticket = 0;
  Scripted plugin([&](const Scripted::Asked& asked) {
    if (asked.what != "verify") return;
    ticket = asked.ticket;
    inside.count_down();
    never.wait();
  });
  BridgeOptions hasty = options(20ms);
  hasty.close_grace = 10ms;
  Waiting waiting;
  Bridge bridge(plugin.library(), hasty);
  ASSERT_TRUE(bridge.wait_for_health(patience).up);
  {
    Exchange exchange(bridge, {});
    exchange.verify("ann", Secret("x"), waiting.done());
    inside.wait();
    EXPECT_EQ(waiting.get().verdict, Verdict::unavailable);
    EXPECT_FALSE(bridge.close());
    never.count_down();  // so that no thread outlives the test
  }
  Scripted::answer(ticket, DOORWARD_REFUSED);
  EXPECT_TRUE(plugin.wait([&] { return plugin.closed == 1; }));
}

// A client that vanishes while its call is queued, under way, being answered, or answered: ten thousand
// times, and each exchange that the plugin heard of is released exactly once.
TEST(Bridge, survives_clients_that_vanish_in_every_state) {
  std::atomic<unsigned> dice = 0;
  std::vector<std::jthread> answering;
  std::mutex mutex;
  std::vector<doorward_ticket> open_tickets;
  Scripted plugin([&](const Scripted::Asked& asked) {
    if (asked.ticket == 0) return;
    const std::uint32_t outcome = asked.what == "start" ? DOORWARD_CONTINUE : DOORWARD_ACCEPTED;
    switch (++dice % 3) {
      case 0:
        return Scripted::answer(asked.ticket, outcome, "ann");
      case 1: {
        const std::lock_guard lock(mutex);
        open_tickets.push_back(asked.ticket);
        return;
      }
      default:
        Scripted::answer(asked.ticket, outcome, "ann");
        Scripted::answer(asked.ticket, outcome, "ann");
    }
  });
  {
    Open open(plugin);
    for (int i = 0; i < 2; ++i) {
      answering.emplace_back([&](const std::stop_token& stop) {
        for (;;) {
          std::vector<doorward_ticket> taken;
          {
            const std::lock_guard lock(mutex);
            taken.swap(open_tickets);
          }
          if (taken.empty() && stop.stop_requested()) return;
          for (const doorward_ticket ticket : taken) Scripted::answer(ticket, DOORWARD_ACCEPTED, "ann");
          std::this_thread::yield();
        }
      });
    }
    std::minstd_rand random(7);
    for (int i = 0; i < 10'000; ++i) {
      Waiting waiting;
      Exchange exchange(open.bridge, {"shop", "peer"});
      const auto choice = random() % 6;
      if (choice < 2) {
        exchange.verify("ann", Secret("x"), waiting.done());
      } else {
        exchange.start("X-TEST", Secret("y"), waiting.done());
        if (choice > 3 && waiting.get().verdict == Verdict::proceed)
          exchange.step(Secret("z"), waiting.done());
      }
      if (choice % 2 == 0) std::this_thread::yield();
    }
    for (auto& thread : answering) thread.request_stop();
    answering.clear();
    EXPECT_TRUE(open.bridge.close());
    EXPECT_EQ(open.bridge.counts().exchanges, 0u);
    EXPECT_EQ(open.bridge.counts().unanswered, 0u);
  }
  EXPECT_EQ(plugin.released, plugin.begun);
  EXPECT_EQ(plugin.closed, 1);
}

}  // namespace
}  // namespace doorward::plugins
