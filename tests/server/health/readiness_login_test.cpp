// Readiness is a login: on real loops and a real pool, against a store that a test can take away.
#include "server/health/readiness_login.hpp"

#include <atomic>
#include <deque>
#include <semaphore>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// For what has to happen at all.
constexpr auto patient = 60s;

struct Loop {
  boost::asio::io_context io;
  boost::asio::executor_work_guard<LoopExecutor> work{io.get_executor()};
  std::thread thread;

  void run() {
    thread = std::thread([this] { io.run(); });
  }
  void stop() {
    io.stop();
    if (thread.joinable()) thread.join();
  }
};

class Readiness : public testing::Test {
 protected:
  Readiness() { begin(); }
  ~Readiness() override { end(); }

  void begin() {
    loops_.resize(2);
    pool_.emplace(1, 4);
  }
  // As in the service: a worker may still touch a loop that has its answer, and a loop its login.
  void end() {
    for (Loop& loop : loops_) loop.stop();
    pool_.reset();
    loops_.clear();
  }

  ReadinessLogin& login(std::chrono::milliseconds patience, std::chrono::milliseconds kept = 1s) {
    std::vector<LoopExecutor> executors;
    for (Loop& loop : loops_) executors.push_back(loop.io.get_executor());
    login_.emplace(
        ReadinessLogin::Parts{.read_user = [this](std::string_view realm, std::string_view username,
                                                  Patience) -> Result<UserSnapshot> {
                                ++reads_;
                                EXPECT_EQ(realm, "doorward.readiness");
                                EXPECT_EQ(username, "readiness");
                                return fail(answer_, "no user");
                              },
                              .pool = *pool_,
                              .loops = executors,
                              .patience = patience,
                              .kept = kept});
    return *login_;
  }

  // Until `free_` is released.
  void keep_worker() {
    ASSERT_TRUE(pool_->post(WorkerPool::Share::passwords, "shop", [this] {
      busy_.release();
      free_.acquire();
    }));
    busy_.acquire();
  }

  // Of a job that keeps the worker: here, since the job looks at it until the pool has gone.
  std::binary_semaphore busy_{0}, free_{0};
  std::atomic<int> reads_ = 0;
  std::atomic<ErrorCode> answer_ = ErrorCode::not_found;
  std::optional<ReadinessLogin> login_;
  std::deque<Loop> loops_;
  std::optional<WorkerPool> pool_;
};

TEST_F(Readiness, is_there_where_a_login_works_and_reads_the_store) {
  for (Loop& loop : loops_) loop.run();
  EXPECT_EQ(login(patient).check(), "");
  EXPECT_EQ(reads_, 1);
}

TEST_F(Readiness, is_kept_for_a_second) {
  for (Loop& loop : loops_) loop.run();
  ReadinessLogin& readiness = login(patient);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(readiness.check(), "");
  EXPECT_LT(reads_, 100);
}

TEST_F(Readiness, ends_where_the_store_does_not_answer) {
  for (Loop& loop : loops_) loop.run();
  answer_ = ErrorCode::unavailable;
  EXPECT_THAT(login(patient).check(), HasSubstr("sys_temp"));
}

TEST_F(Readiness, ends_where_the_queue_of_the_workers_is_full) {
  for (Loop& loop : loops_) loop.run();
  keep_worker();
  while (pool_->post(WorkerPool::Share::passwords, "shop", [] {})) continue;
  EXPECT_THAT(login(patient).check(), HasSubstr("sys_temp"));
  free_.release();
}

TEST_F(Readiness, has_one_login_under_way_however_long_that_takes) {
  for (Loop& loop : loops_) loop.run();
  keep_worker();
  ReadinessLogin& readiness = login(5ms, 0ms);
  for (int i = 0; i < 10; ++i) EXPECT_THAT(readiness.check(), HasSubstr("no answer within 5 ms"));
  EXPECT_LE(reads_, 1);
  free_.release();
  while (!readiness.check().empty()) continue;
}

TEST_F(Readiness, ends_where_a_loop_hangs) {
  for (const std::size_t running : {std::size_t{0}, std::size_t{1}}) {
    loops_[running].run();
    ReadinessLogin& readiness = login(20ms);
    EXPECT_THAT(readiness.check(), HasSubstr("no answer within 20 ms"));
    EXPECT_FALSE(readiness.loops_run(20ms));
    end();
    begin();
  }
}

TEST_F(Readiness, loops_that_run_answer) {
  for (Loop& loop : loops_) loop.run();
  EXPECT_TRUE(login(patient).loops_run(patient));
  EXPECT_EQ(reads_, 0) << "the watchdog of a process does not depend on its store";
}

}  // namespace
}  // namespace doorward
