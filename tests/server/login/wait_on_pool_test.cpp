// A thread that has something done by the pool: it is done once, or never begun.
#include "server/login/wait_on_pool.hpp"

#include "tests/server/login/house.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Share = WorkerPool::Share;

TEST(WaitOnPool, comes_back_when_it_is_done_on_another_thread) {
  WorkerPool pool(1, 10);
  std::thread::id where;  // read after the wait, which has to make it visible
  EXPECT_TRUE(wait_on(pool, Share::writes, "team1", Clock::time_point::max(),
                      [&where] { where = std::this_thread::get_id(); }));
  EXPECT_NE(where, std::thread::id());
  EXPECT_NE(where, std::this_thread::get_id());
}

TEST(WaitOnPool, throws_what_it_threw) {
  WorkerPool pool(1, 10);
  EXPECT_THROW(wait_on(pool, Share::writes, "team1", Clock::time_point::max(),
                       [] { throw std::runtime_error("out of luck"); }),
               std::runtime_error);
}

TEST(WaitOnPool, begins_nothing_whose_turn_came_too_late) {
  WorkerPool pool(1, 10);
  BusyWorkers busy(pool, {Share::writes});
  bool ran = false;
  EXPECT_FALSE(wait_on(pool, Share::writes, "team1", Clock::now() + 1ms, [&ran] { ran = true; }));
  EXPECT_EQ(pool.queued(), 1u);
  busy.let_go();
  EXPECT_TRUE(wait_on(pool, Share::writes, "team1", Clock::time_point::max(), [] {}));
  EXPECT_FALSE(ran) << "its turn has come by now, since it was before the other";
}

// What it touches is the caller's. Where no worker was free in time, once more.
TEST(WaitOnPool, waits_for_the_end_of_what_has_begun_however_long_it_takes) {
  WorkerPool pool(1, 10);
  bool ended = false;
  bool begun = false;
  while (!begun) {
    const auto until = Clock::now() + 10ms;
    begun = wait_on(pool, Share::writes, "team1", until, [&] {
      std::this_thread::sleep_until(until + 1ms);
      ended = true;
    });
  }
  EXPECT_TRUE(ended);
}

TEST(WaitOnPool, is_told_at_once_where_the_queue_is_full) {
  WorkerPool pool(1, 1);
  const BusyWorkers busy(pool, {Share::writes});
  ASSERT_TRUE(pool.post(Share::writes, "team1", [] {}));
  EXPECT_FALSE(wait_on(pool, Share::writes, "team2", Clock::time_point::max(), [] { FAIL(); }));
}

// As at the end of the service, where whoever asked would be gone when his turn comes.
TEST(WaitOnPool, is_told_that_the_share_is_closed_while_others_go_on) {
  WorkerPool pool(1, 10);
  const BusyWorkers busy(pool, {Share::writes});
  const auto in_vain = [&pool] {
    return wait_on(pool, Share::writes, "team1", Clock::time_point::max(), [] { FAIL(); });
  };
  auto first = std::async(std::launch::async, in_vain);
  auto second = std::async(std::launch::async, in_vain);
  while (pool.queued() < 2) std::this_thread::yield();
  pool.close(Share::writes);
  EXPECT_FALSE(first.get());
  EXPECT_FALSE(second.get());
  EXPECT_EQ(pool.queued(), 0u);
  EXPECT_FALSE(in_vain()) << "who comes later hears the same";
  EXPECT_TRUE(wait_on(pool, Share::passwords, "team1", Clock::time_point::max(), [] {}));
}

TEST(WaitOnPool, finishes_what_has_begun_when_the_share_is_closed) {
  WorkerPool pool(1, 10);
  std::promise<void> begun, closed;
  bool ended = false;
  auto waiting = std::async(std::launch::async, [&] {
    return wait_on(pool, Share::writes, "team1", Clock::time_point::max(), [&] {
      begun.set_value();
      closed.get_future().wait();
      ended = true;
    });
  });
  begun.get_future().wait();
  pool.close(Share::writes);
  closed.set_value();
  EXPECT_TRUE(waiting.get());
  EXPECT_TRUE(ended);
}

// What runs ends only once the one that waits has been told.
TEST(WaitOnPool, is_told_of_the_end_of_the_pool) {
  std::promise<void> told;
  std::future<bool> waiting;
  {
    WorkerPool pool(1, 10);
    std::promise<void> runs;
    ASSERT_TRUE(pool.post(Share::writes, "team1", [&] {
      runs.set_value();
      told.get_future().wait();
    }));
    runs.get_future().wait();
    waiting = std::async(std::launch::async, [&] {
      const bool done = wait_on(pool, Share::writes, "team1", Clock::time_point::max(), [] { FAIL(); });
      told.set_value();
      return done;
    });
    while (pool.queued() == 0) std::this_thread::yield();
  }
  EXPECT_FALSE(waiting.get());
}

}  // namespace
}  // namespace doorward
