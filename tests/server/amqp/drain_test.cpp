// The end of the server: what had come before it is served, what runs may finish, and it takes no longer than
// allowed.
#include "server/amqp/listener.hpp"
#include "tests/server/amqp/door.hpp"

#include <atomic>
#include <functional>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>

namespace doorward {
namespace {

using std::chrono::milliseconds;

TEST(Drain, serves_whoever_waits_in_the_backlogs_when_the_end_is_asked_for) {
  Doorway door({.loops = 2, .started = false});
  std::vector<Peer> peers;
  for (int i = 0; i < 200; ++i) {
    peers.push_back(door.connect());
    peers.back().send(pipelined_login("shop", "ann", "pencil") + close_frame);
  }
  door.server->start();
  door.server->stop();
  for (Peer& peer : peers) {
    peer.expect_offer();
    EXPECT_EQ(peer.outcome(), SaslCode::ok);
    EXPECT_EQ(peer.reply().identity.value().sub, "ann");
    EXPECT_EQ(peer.read_to_end(), "");
  }
  EXPECT_EQ(door.server->connections(), 0u);
}

// drain() waits for nothing, so that the other doors close at the same time.
TEST(Drain, lets_a_login_finish_that_had_begun_and_takes_no_other) {
  Doorway door;
  Peer running = door.greeted();
  running.send(sasl_init("PLAIN", std::nullopt, "shop"));
  running.challenge();
  door.server->drain();
  // The listeners are closed one after the other; until then a connection may still be taken, or reset.
  for (bool refused = false; !refused;) {
    try {
      Peer late = door.connect();
      late.reset();
    } catch (const std::runtime_error&) {
      refused = true;
    }
  }
  running.send(sasl_response(plain("ann", "pencil")));
  EXPECT_EQ(running.outcome(), SaslCode::ok);
  running.send(std::string(amqp_header) + open_frame("router"));
  EXPECT_EQ(running.reply().identity.value().sub, "ann");
  running.send(close_frame);
  EXPECT_EQ(running.read_to_end(), "");
  door.server->stop();
  EXPECT_EQ(door.server->connections(), 0u);
}

TEST(Drain, ends_whoever_is_left_when_the_time_is_over) {
  LogCapture log;
  {
    Doorway door({.limits = {.grace = milliseconds(200)}});
    Peer silent = door.connect();
    Peer asked = door.greeted();
    asked.send(sasl_init("PLAIN", std::nullopt, "shop"));
    asked.challenge();
    door.server->stop();
    EXPECT_EQ(silent.read_to_end(), "");
    EXPECT_EQ(asked.read_to_end(), "");
    EXPECT_EQ(door.facts(1).front().outcome, std::nullopt);
    EXPECT_EQ(door.server->connections(), 0u);
  }
  EXPECT_THAT(log.lines(), testing::HasSubstr("the time for running logins is over"));
}

TEST(Drain, does_not_wait_for_a_store_that_hangs) {
  std::latch asked(1);
  std::latch may_answer(1);
  Doorway door({.limits = {.grace = milliseconds(100)}, .started = false});
  door.users.would_wait = true;
  door.users.found = &asked;
  door.users.may_answer = &may_answer;
  door.server->start();
  Peer peer = door.greeted();
  peer.send(sasl_init("PLAIN", plain("ann", "pencil"), "shop"));
  asked.wait();
  door.server->stop();
  EXPECT_EQ(peer.read_to_end(), "");
  may_answer.count_down();
}

// Whoever was connected before the end was asked for is served, however many are at it.
TEST(Drain, loses_no_login_under_load) {
  Doorway door;
  std::atomic<bool> ending = false;
  std::atomic<int> served = 0;
  std::vector<std::string> lost;
  std::mutex lost_mutex;
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      while (!ending) {
        std::optional<Peer> peer;
        bool in_time = false;
        try {
          peer.emplace(door.connect());
          in_time = !ending;
          log_in(*peer);
          ++served;
        } catch (const std::runtime_error& e) {
          if (!in_time) continue;
          const std::lock_guard lock(lost_mutex);
          lost.emplace_back(e.what());
        }
      }
    });
  }
  while (served < 200) std::this_thread::yield();
  ending = true;
  door.server->stop();
  for (std::thread& client : clients) client.join();
  EXPECT_THAT(lost, testing::IsEmpty());
  for (const LoginFact& fact : door.facts(0)) EXPECT_EQ(fact.outcome, SaslCode::ok);
}

// One listening socket on a loop that the test turns.
class LoneListener : public testing::Test {
 protected:
  LoneListener() {
    auto listening = listen_on("127.0.0.1", 0, 1, 256);
    ListeningSockets& here = listening.value().front();
    address = here.address.text();
    listener = std::make_unique<Listener>(
        loop.get_executor(), std::move(here.sockets.front()), address, slots, milliseconds(1),
        [this](Descriptor connection, const std::string&, ConnectionSlots::Slot) {
          taken.push_back(std::move(connection));
          if (on_connection) on_connection();
        });
    listener->start();
  }
  void connect(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) peers.emplace_back(address);
  }

  boost::asio::io_context loop{1};
  ConnectionSlots slots{1'000};
  std::string address;
  std::vector<Peer> peers;
  std::vector<Descriptor> taken;
  std::function<void()> on_connection;
  std::unique_ptr<Listener> listener;
};

TEST_F(LoneListener, that_drains_takes_what_waited_and_nobody_who_came_after) {
  on_connection = [&] { connect(1); };
  connect(5);
  listener->drain();
  loop.run();
  EXPECT_EQ(taken.size(), 5u);
}

TEST_F(LoneListener, that_drains_an_empty_backlog_ends_at_once) {
  listener->drain();
  loop.run();
  EXPECT_TRUE(taken.empty());
}

// Between two bursts the loop turns, and there the end may come.
TEST_F(LoneListener, takes_nobody_after_it_was_closed_between_two_bursts) {
  connect(100);
  std::size_t before_the_end = 0;
  on_connection = [&] {
    if (taken.size() != 1) return;
    boost::asio::post(loop, [&] {
      before_the_end = taken.size();
      listener->close();
    });
  };
  loop.run();
  EXPECT_GT(before_the_end, 0u);
  EXPECT_LT(before_the_end, 100u);
  EXPECT_EQ(taken.size(), before_the_end);
}

TEST(Drain, may_be_asked_for_twice_or_before_the_start) {
  Doorway door({.started = false});
  door.server->stop();
  Doorway other;
  other.server->stop();
  other.server->stop();
}

}  // namespace
}  // namespace doorward
