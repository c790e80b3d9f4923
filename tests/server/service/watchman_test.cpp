#include "server/service/watchman.hpp"

#include <semaphore>
#include <vector>

#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::chrono_literals;

// Long enough that it does not come in a test.
constexpr auto never = 24h;

TEST(Watchman, looks_again_and_again_without_being_asked) {
  std::counting_semaphore<> looks{0};
  bool asked_once = false;
  {
    Watchman watchman(1ms, [&](bool asked, const std::stop_token&) {
      asked_once = asked_once || asked;
      looks.release();
    });
    for (int i = 0; i < 5; ++i) looks.acquire();
  }
  EXPECT_FALSE(asked_once);
}

TEST(Watchman, looks_at_once_when_asked_and_knows_that_it_was) {
  std::counting_semaphore<> looks{0};
  std::vector<bool> asked_each_time;
  {
    Watchman watchman(never, [&](bool asked, const std::stop_token&) {
      asked_each_time.push_back(asked);
      looks.release();
    });
    for (int i = 0; i < 3; ++i) {
      watchman.ask();
      looks.acquire();
    }
  }
  EXPECT_EQ(asked_each_time, (std::vector<bool>{true, true, true}));
}

TEST(Watchman, several_questions_during_one_look_are_one_more_look) {
  std::counting_semaphore<> begun{0}, go_on{0};
  int looks = 0;
  {
    Watchman watchman(never, [&](bool, const std::stop_token&) {
      ++looks;
      begun.release();
      go_on.acquire();
    });
    watchman.ask();
    begun.acquire();
    for (int i = 0; i < 10; ++i) watchman.ask();
    go_on.release();
    begun.acquire();
    go_on.release();
  }
  EXPECT_EQ(looks, 2);
}

TEST(Watchman, ends_without_a_last_look) {
  int looks = 0;
  {
    Watchman watchman(never, [&](bool, const std::stop_token&) { ++looks; });
  }
  EXPECT_EQ(looks, 0);
}

TEST(Watchman, tells_a_look_that_is_under_way_to_stop) {
  std::binary_semaphore begun{0};
  bool told = false;
  {
    Watchman watchman(never, [&](bool, const std::stop_token& stop) {
      begun.release();
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any never_notified;
      told = !never_notified.wait_for(lock, stop, 60s, [] { return false; }) && stop.stop_requested();
    });
    watchman.ask();
    begun.acquire();
    watchman.stop();
  }
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace doorward
