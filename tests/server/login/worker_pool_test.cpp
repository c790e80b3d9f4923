// The pool runs what it took, refuses what is too much, and lets nobody crowd out the others.
#include "server/login/worker_pool.hpp"

#include "tests/server/login/house.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <sys/resource.h>
#include <utility>
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
    ASSERT_TRUE(pool.post(Share::passwords, "shop", [&, here] {
      elsewhere += std::this_thread::get_id() != here;
      done.count_down();
    }));
  }
  done.wait();
  EXPECT_EQ(elsewhere, 50);
}

// Nice values: 19 is the least that a thread may ask for.
TEST(WorkerPool, derives_passwords_below_the_priority_of_everybody_else) {
  const int own = ::getpriority(PRIO_PROCESS, 0);
  WorkerPool pool(1, 100);
  for (const auto& [share, nicer] : {std::pair(Share::reads, 0), std::pair(Share::passwords, 5),
                                     std::pair(Share::unknown_realms, 5), std::pair(Share::writes, 10)}) {
    int found = -1;
    std::latch done(1);
    ASSERT_TRUE(pool.post(share, "shop", [&] {
      found = ::getpriority(PRIO_PROCESS, 0);
      done.count_down();
    }));
    done.wait();
    EXPECT_EQ(found, std::min(own + nicer, 19));
  }
}

TEST(WorkerPool, takes_jobs_up_to_its_bound_and_not_one_more) {
  WorkerPool pool(1, 3);
  const BusyWorkers busy(pool);
  for (std::size_t i = 1; i <= 3; ++i) {
    EXPECT_TRUE(pool.post(Share::passwords, "shop", [] {}));
    EXPECT_EQ(pool.queued(), i);
  }
  bool ran = false;
  EXPECT_FALSE(pool.post(Share::passwords, "shop", [&ran] { ran = true; }));
  EXPECT_EQ(pool.queued(), 3u);
  EXPECT_FALSE(ran);
}

// Nothing waits for less than no time: both jobs are late when their turn comes.
TEST(WorkerPool, tells_a_job_that_has_waited_too_long_in_its_place) {
  std::atomic<int> ran = 0;
  std::latch told(2);
  WorkerPool pool(1, 100, std::chrono::nanoseconds(-1));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(pool.post(Share::passwords, "shop", [&ran] { ++ran; }, {}, [&told] { told.count_down(); }));
  }
  told.wait();
  EXPECT_EQ(ran, 0);
  EXPECT_EQ(pool.refused(), 2u);
}

TEST(WorkerPool, lets_a_write_wait_for_longer_than_a_login_may) {
  std::latch ran(1);
  WorkerPool pool(1, 100, std::chrono::nanoseconds(-1));
  ASSERT_TRUE(pool.post(Share::writes, "team1", [&ran] { ran.count_down(); }));
  ran.wait();
  EXPECT_EQ(pool.refused(), 0u);
}

TEST(WorkerPool, tells_nobody_who_is_gone_that_he_is_late) {
  std::atomic<int> told = 0;
  std::stop_source gone;
  gone.request_stop();
  std::latch after(1);
  {
    WorkerPool pool(1, 100, std::chrono::nanoseconds(-1));
    const auto tell = [&told] { ++told; };
    ASSERT_TRUE(pool.post(Share::passwords, "shop", [] {}, gone.get_token(), tell));
    ASSERT_TRUE(pool.post(Share::passwords, "shop", [] {}, {}, [&after] { after.count_down(); }));
    after.wait();
    EXPECT_EQ(pool.refused(), 1u);
  }
  EXPECT_EQ(told, 0);
}

TEST(WorkerPool, drops_a_job_that_nobody_waits_for_when_its_turn_comes) {
  std::stop_source gone;
  bool ran = false;
  {
    WorkerPool pool(1, 100);
    std::latch after(1);
    {
      const BusyWorkers busy(pool);
      ASSERT_TRUE(pool.post(Share::passwords, "shop", [&ran] { ran = true; }, gone.get_token()));
      ASSERT_TRUE(pool.post(Share::passwords, "shop", [&after] { after.count_down(); }));
      gone.request_stop();
    }
    after.wait();
  }
  EXPECT_FALSE(ran);
}

TEST(WorkerPool, gives_unknown_realms_a_small_queue_of_their_own) {
  WorkerPool pool(1, 1'000);
  const BusyWorkers busy(pool);
  for (std::size_t i = 0; i < WorkerPool::unknown_realms_queue_bound; ++i) {
    ASSERT_TRUE(pool.post(Share::unknown_realms, "", [] {}));
  }
  EXPECT_EQ(pool.refused(), 0U);
  EXPECT_FALSE(pool.post(Share::unknown_realms, "", [] {}));
  EXPECT_EQ(pool.refused(), 1U);
  EXPECT_TRUE(pool.post(Share::passwords, "shop", [] {}));
  EXPECT_TRUE(pool.post(Share::reads, "shop", [] {}));
}

// Whatever the workers of the other shares do, and however much waits for them.
TEST(WorkerPool, lets_no_share_wait_for_another) {
  const auto all = {Share::reads, Share::passwords, Share::unknown_realms, Share::writes};
  for (const Share share : all) {
    std::vector<Share> others;
    for (const Share other : all) {
      if (other != share) others.push_back(other);
    }
    WorkerPool pool(1, 10);
    const BusyWorkers busy(pool, {others[0], others[1], others[2]});
    for (const Share other : others) {
      while (pool.post(other, "shop", [] {})) continue;
    }
    std::latch ran(1);
    ASSERT_TRUE(pool.post(share, "shop", [&ran] { ran.count_down(); }));
    ran.wait();
  }
}

TEST(WorkerPool, turns_to_each_realm_in_its_turn) {
  std::vector<std::string> order;  // written by the one worker
  std::latch done(6);
  WorkerPool pool(1, 10);
  BusyWorkers busy(pool);
  const auto note = [&](std::string what) {
    return [&, what = std::move(what)] {
      order.push_back(what);
      done.count_down();
    };
  };
  for (const char* name : {"a1", "a2", "a3", "a4"}) ASSERT_TRUE(pool.post(Share::passwords, "a", note(name)));
  for (const char* name : {"b1", "b2"}) ASSERT_TRUE(pool.post(Share::passwords, "b", note(name)));
  busy.let_go();
  done.wait();
  EXPECT_THAT(order, ElementsAre("a1", "b1", "a2", "b2", "a3", "a4"));
}

TEST(WorkerPool, gives_unknown_realms_one_worker_and_no_more) {
  WorkerPool pool(2, 10);
  const auto free = std::make_shared<std::latch>(1);
  std::latch first(1);
  ASSERT_TRUE(pool.post(Share::unknown_realms, "", [&first, free] {
    first.count_down();
    free->wait();
  }));
  first.wait();
  std::atomic<bool> was_free = true;
  std::latch second(1);
  ASSERT_TRUE(pool.post(Share::unknown_realms, "", [&, free] {
    was_free = free->try_wait();
    second.count_down();
  }));
  // Two jobs at once are done for others meanwhile: each waits for the other.
  const auto both = std::make_shared<std::latch>(2);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(pool.post(Share::passwords, "shop", [both] { both->arrive_and_wait(); }));
  }
  both->wait();
  EXPECT_EQ(pool.queued(), 1u);
  free->count_down();
  second.wait();
  EXPECT_TRUE(was_free);
}

TEST(WorkerPool, tells_how_long_each_job_has_waited) {
  std::mutex mutex;
  std::vector<std::pair<Share, bool>> told;
  std::latch all(3);
  {
    WorkerPool pool(1, 10, std::chrono::nanoseconds::max(), [&](Share share, std::chrono::nanoseconds time) {
      const std::lock_guard lock(mutex);
      told.emplace_back(share, time >= std::chrono::nanoseconds(0));
    });
    for (const Share share : {Share::reads, Share::passwords, Share::unknown_realms})
      ASSERT_TRUE(pool.post(share, "shop", [&all] { all.count_down(); }));
    all.wait();
  }
  EXPECT_THAT(told, testing::UnorderedElementsAre(testing::Pair(Share::reads, true),
                                                  testing::Pair(Share::passwords, true),
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
    ASSERT_TRUE(pool.post(Share::passwords, "shop", [&running, &finished, dropped] {
      running.count_down();
      dropped->wait();
      finished = true;
    }));
    running.wait();
    int owned = 0;
    ASSERT_TRUE(
        pool.post(Share::passwords, "shop",
                  [&ran, waiting = std::unique_ptr<int, decltype(drop)>(&owned, drop)] { ran = true; }));
  }
  EXPECT_TRUE(finished);
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace doorward
