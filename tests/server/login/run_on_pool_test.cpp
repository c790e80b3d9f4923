// A coroutine has something done on the pool: it gets the result on its own loop, and may be gone before.
#include "server/login/run_on_pool.hpp"

#include "tests/server/login/house.hpp"

#include <stdexcept>
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

namespace asio = boost::asio;
using Share = WorkerPool::Share;

const PoolTurn turn{Share::passwords, "shop"};

// Counts when it goes, so that a test sees what became of whoever holds it.
struct Witness {
  explicit Witness(int& count) : gone(&count) {}
  Witness(Witness&& other) noexcept : gone(std::exchange(other.gone, nullptr)) {}
  Witness& operator=(Witness&&) = delete;
  ~Witness() {
    if (gone) ++*gone;
  }
  int* gone;
};

class RunOnPool : public testing::Test {
 protected:
  ~RunOnPool() override {
    pool.reset();
    loop.reset();
  }
  std::unique_ptr<WorkerPool> pool = std::make_unique<WorkerPool>(1, 1);
  std::unique_ptr<asio::io_context> loop = std::make_unique<asio::io_context>();
};

TEST_F(RunOnPool, gives_the_result_on_the_loop_that_asked) {
  const auto here = std::this_thread::get_id();
  std::thread::id ran_on;
  std::thread::id resumed_on;
  std::optional<std::string> result;
  asio::co_spawn(
      *loop,
      [&]() -> Task<void> {
        result = co_await run(*pool, turn, [&] {
          ran_on = std::this_thread::get_id();
          return std::string("done");
        });
        resumed_on = std::this_thread::get_id();
      },
      asio::detached);
  loop->run();
  EXPECT_EQ(result, "done");
  EXPECT_NE(ran_on, here);
  EXPECT_EQ(resumed_on, here);
}

TEST_F(RunOnPool, says_so_where_the_queue_is_full_and_runs_nothing) {
  BusyWorkers busy(*pool);
  ASSERT_TRUE(pool->post(Share::passwords, "shop", [] {}));
  bool ran = false;
  std::optional<int> result = 1;
  asio::co_spawn(
      *loop, [&]() -> Task<void> { result = co_await run(*pool, turn, [&ran] { return ran = true, 2; }); },
      asio::detached);
  loop->run();
  EXPECT_EQ(result, std::nullopt);
  EXPECT_FALSE(ran);
}

TEST_F(RunOnPool, says_so_where_its_turn_came_too_late_and_runs_nothing) {
  pool = std::make_unique<WorkerPool>(1, 1, std::chrono::nanoseconds(-1));
  bool ran = false;
  std::optional<int> result = 1;
  asio::co_spawn(
      *loop, [&]() -> Task<void> { result = co_await run(*pool, turn, [&ran] { return ran = true, 2; }); },
      asio::detached);
  loop->run();
  EXPECT_EQ(result, std::nullopt);
  EXPECT_FALSE(ran);
}

TEST_F(RunOnPool, throws_to_the_coroutine_what_the_job_threw) {
  std::string caught;
  asio::co_spawn(
      *loop,
      [&]() -> Task<void> {
        try {
          co_await run(*pool, turn, []() -> int { throw std::runtime_error("no memory"); });
        } catch (const std::runtime_error& error) {
          caught = error.what();
        }
      },
      asio::detached);
  loop->run();
  EXPECT_EQ(caught, "no memory");
}

TEST_F(RunOnPool, takes_jobs_that_own_what_cannot_be_copied) {
  std::optional<std::string> result;
  asio::co_spawn(
      *loop,
      [&]() -> Task<void> {
        result = co_await run(*pool, turn, [secret = Secret(std::string_view("s3cret"))] {
          return std::string(secret.reveal());
        });
      },
      asio::detached);
  loop->run();
  EXPECT_EQ(result, "s3cret");
}

// The coroutine is cancelled while its job runs: it goes on at once, and the job's result finds nobody.
TEST_F(RunOnPool, lets_a_cancelled_coroutine_go_while_its_job_runs) {
  const auto started = std::make_shared<std::latch>(1);
  const auto may_end = std::make_shared<std::latch>(1);
  asio::cancellation_signal cancel;
  int gone = 0;
  boost::system::error_code caught;
  asio::co_spawn(
      *loop,
      [&]() -> Task<void> {
        const Witness frame(gone);
        try {
          co_await run(*pool, turn, [started, may_end] {
            started->count_down();
            may_end->wait();
            return 1;
          });
        } catch (const boost::system::system_error& error) {
          caught = error.code();
        }
      },
      asio::bind_cancellation_slot(cancel.slot(), asio::detached));
  loop->poll();
  started->wait();
  EXPECT_EQ(gone, 0);
  cancel.emit(asio::cancellation_type::terminal);
  loop->restart();
  loop->run();
  EXPECT_EQ(caught, asio::error::operation_aborted);
  EXPECT_EQ(gone, 1);
  may_end->count_down();
  pool.reset();
  loop->restart();
  loop->run();
  EXPECT_EQ(gone, 1);
}

TEST_F(RunOnPool, does_not_run_a_job_whose_coroutine_was_cancelled_before_its_turn) {
  asio::cancellation_signal cancel;
  bool ran = false;
  boost::system::error_code caught;
  {
    const BusyWorkers busy(*pool);
    asio::co_spawn(
        *loop,
        [&]() -> Task<void> {
          try {
            co_await run(*pool, turn, [&ran] { return ran = true; });
          } catch (const boost::system::system_error& error) {
            caught = error.code();
          }
        },
        asio::bind_cancellation_slot(cancel.slot(), asio::detached));
    loop->poll();
    EXPECT_EQ(pool->queued(), 1u);
    cancel.emit(asio::cancellation_type::terminal);
    loop->restart();
    loop->run();
  }
  std::latch after(1);
  while (!pool->post(Share::passwords, "shop", [&after] { after.count_down(); })) std::this_thread::yield();
  after.wait();
  EXPECT_EQ(caught, asio::error::operation_aborted);
  EXPECT_FALSE(ran);
}

TEST_F(RunOnPool, resumes_once_where_result_and_cancellation_meet) {
  const auto ended = std::make_shared<std::latch>(1);
  asio::cancellation_signal cancel;
  int resumed = 0;
  asio::co_spawn(
      *loop,
      [&]() -> Task<void> {
        try {
          co_await run(*pool, turn, [ended] {
            ended->count_down();
            return 1;
          });
        } catch (const boost::system::system_error&) {
        }
        ++resumed;
      },
      asio::bind_cancellation_slot(cancel.slot(), asio::detached));
  loop->poll();
  ended->wait();
  pool.reset();  // the result is posted now, and behind it comes the cancellation
  cancel.emit(asio::cancellation_type::terminal);
  loop->restart();
  loop->run();
  EXPECT_EQ(resumed, 1);
}

// As at shutdown: the loop has stopped, one job runs, one waits, and the pool goes before the loop.
TEST_F(RunOnPool, destroys_waiting_coroutines_once_when_pool_and_loop_go) {
  const auto started = std::make_shared<std::latch>(1);
  const auto may_end = std::make_shared<std::latch>(1);
  int gone = 0;
  int resumed = 0;
  for (int i = 0; i < 2; ++i) {
    asio::co_spawn(
        *loop,
        [&]() -> Task<void> {
          const Witness frame(gone);
          co_await run(*pool, turn, [started, may_end] {
            if (!started->try_wait()) started->count_down();
            may_end->wait();
            return 1;
          });
          ++resumed;
        },
        asio::detached);
    loop->poll();
    if (i == 0) started->wait();
  }
  EXPECT_EQ(pool->queued(), 1u);
  loop->stop();
  may_end->count_down();
  pool.reset();
  loop.reset();
  EXPECT_EQ(gone, 2);
  EXPECT_EQ(resumed, 0);
}

}  // namespace
}  // namespace doorward
