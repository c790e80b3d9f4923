// The pool runs what it took, refuses what is too much, and lets nobody crowd out the others.
#include "server/login/worker_pool.hpp"

#include "tests/server/login/house.hpp"

#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using Share = WorkerPool::Share;
using testing::ElementsAre;

TEST(WorkerPool, runs_what_it_took_on_threads_of_its_own) {
  WorkerPool pool(3, 100);
  std::latch done(50);
  std::atomic<int> elsewhere = 0;
  const auto here = std::this_thread::get_id();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(pool.post(Share::logins, [&, here] {
      elsewhere += std::this_thread::get_id() != here;
      done.count_down();
    }));
  }
  done.wait();
  EXPECT_EQ(elsewhere, 50);
}

TEST(WorkerPool, takes_jobs_up_to_its_bound_and_not_one_more) {
  WorkerPool pool(1, 3);
  const BusyWorker busy(pool);
  for (std::size_t i = 1; i <= 3; ++i) {
    EXPECT_TRUE(pool.post(Share::logins, [] {}));
    EXPECT_EQ(pool.queued(), i);
  }
  bool ran = false;
  EXPECT_FALSE(pool.post(Share::logins, [&ran] { ran = true; }));
  EXPECT_EQ(pool.queued(), 3u);
  EXPECT_FALSE(ran);
}

TEST(WorkerPool, takes_no_job_that_would_wait_longer_than_there_is_patience) {
  WorkerPool pool(1, 100, std::chrono::nanoseconds(0));
  std::latch first(1);
  ASSERT_TRUE(pool.post(Share::logins, [&first] { first.count_down(); }));
  first.wait();
  const BusyWorker busy(pool);                   // the only worker is past the first job, and knows its pace
  EXPECT_TRUE(pool.post(Share::logins, [] {}));  // waits for no job that waits
  EXPECT_FALSE(pool.post(Share::logins, [] {}));
}

TEST(WorkerPool, drops_a_job_that_nobody_waits_for_when_its_turn_comes) {
  std::stop_source gone;
  bool ran = false;
  {
    WorkerPool pool(1, 100);
    std::latch after(1);
    {
      const BusyWorker busy(pool);
      ASSERT_TRUE(pool.post(Share::logins, [&ran] { ran = true; }, gone.get_token()));
      ASSERT_TRUE(pool.post(Share::logins, [&after] { after.count_down(); }));
      gone.request_stop();
    }
    after.wait();
  }
  EXPECT_FALSE(ran);
}

TEST(WorkerPool, gives_unknown_realms_a_small_queue_of_their_own) {
  WorkerPool pool(1, 1'000);
  const BusyWorker busy(pool);
  for (std::size_t i = 0; i < WorkerPool::unknown_realms_queue_bound; ++i) {
    ASSERT_TRUE(pool.post(Share::unknown_realms, [] {}));
  }
  EXPECT_EQ(pool.refused(), 0U);
  EXPECT_FALSE(pool.post(Share::unknown_realms, [] {}));
  EXPECT_EQ(pool.refused(), 1U);
  EXPECT_TRUE(pool.post(Share::logins, [] {}));
}

TEST(WorkerPool, turns_to_both_shares_in_alternation) {
  std::mutex mutex;
  std::vector<std::string> order;
  std::latch done(6);
  WorkerPool pool(1, 10);
  BusyWorker busy(pool);
  const auto note = [&](std::string what) {
    return [&, what = std::move(what)] {
      {
        const std::lock_guard lock(mutex);
        order.push_back(what);
      }
      done.count_down();
    };
  };
  for (const char* name : {"u1", "u2", "u3"}) ASSERT_TRUE(pool.post(Share::unknown_realms, note(name)));
  for (const char* name : {"k1", "k2", "k3"}) ASSERT_TRUE(pool.post(Share::logins, note(name)));
  busy.let_go();
  done.wait();
  EXPECT_THAT(order, ElementsAre("u1", "k1", "u2", "k2", "u3", "k3"));
}

TEST(WorkerPool, lets_unknown_realms_have_one_worker_and_no_more) {
  WorkerPool pool(2, 10);
  std::latch first_runs(1);
  std::latch first_may_end(1);
  std::latch all(3);
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  const auto unknown = [&] {
    most = std::max(most.load(), ++at_once);
    first_may_end.wait();
    --at_once;
    all.count_down();
  };
  ASSERT_TRUE(pool.post(Share::unknown_realms, [&, unknown] {
    first_runs.count_down();
    unknown();
  }));
  first_runs.wait();
  ASSERT_TRUE(pool.post(Share::unknown_realms, unknown));
  ASSERT_TRUE(pool.post(Share::unknown_realms, unknown));
  // The other worker is free for these, though unknown realms have more waiting.
  for (int i = 0; i < 3; ++i) {
    std::latch known_ran(1);
    ASSERT_TRUE(pool.post(Share::logins, [&] { known_ran.count_down(); }));
    known_ran.wait();
  }
  EXPECT_EQ(pool.queued(), 2u);
  first_may_end.count_down();
  all.wait();
  EXPECT_EQ(most, 1);
}

TEST(WorkerPool, tells_how_long_each_job_has_waited) {
  std::mutex mutex;
  std::vector<std::pair<Share, bool>> told;
  std::latch both(2);
  {
    WorkerPool pool(1, 10, std::chrono::nanoseconds::max(), [&](Share share, std::chrono::nanoseconds time) {
      const std::lock_guard lock(mutex);
      told.emplace_back(share, time >= std::chrono::nanoseconds(0));
    });
    for (const Share share : {Share::logins, Share::unknown_realms})
      ASSERT_TRUE(pool.post(share, [&both] { both.count_down(); }));
    both.wait();
  }
  EXPECT_THAT(told, testing::UnorderedElementsAre(testing::Pair(Share::logins, true),
                                                  testing::Pair(Share::unknown_realms, true)));
}

// The job that runs can only end once the one that waits has been dropped.
TEST(WorkerPool, drops_what_waits_and_finishes_what_runs_when_it_goes) {
  const auto dropped = std::make_shared<std::latch>(1);
  const auto drop = [dropped](int*) { dropped->count_down(); };
  bool finished = false;
  bool ran = false;
  {
    WorkerPool pool(1, 10);
    std::latch running(1);
    ASSERT_TRUE(pool.post(Share::logins, [&running, &finished, dropped] {
      running.count_down();
      dropped->wait();
      finished = true;
    }));
    running.wait();
    int owned = 0;
    ASSERT_TRUE(pool.post(
        Share::logins, [&ran, waiting = std::unique_ptr<int, decltype(drop)>(&owned, drop)] { ran = true; }));
  }
  EXPECT_TRUE(finished);
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace doorward
