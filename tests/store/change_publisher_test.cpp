#include "store/change_publisher.hpp"

#include <future>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using ::testing::ElementsAre;

TEST(ChangePublisher, keeps_the_order_of_places_and_calls_on_the_publishing_thread) {
  ChangePublisher publisher;
  std::vector<std::pair<ResourceVersion, std::thread::id>> heard;
  const auto subscription = publisher.subscribe([&](std::span<const Change> changes) {
    heard.emplace_back(changes.front().version, std::this_thread::get_id());
  });
  const auto first = publisher.take_place();
  const auto second = publisher.take_place();
  std::jthread later([&] {
    const Change change{.version = 2};
    publisher.publish(second, {&change, 1});
  });
  const std::thread::id later_id = later.get_id();
  const Change change{.version = 1};
  publisher.publish(first, {&change, 1});
  later.join();
  EXPECT_THAT(heard, ElementsAre(std::pair(1U, std::this_thread::get_id()), std::pair(2U, later_id)));
}

TEST(ChangePublisher, keeps_the_order_of_places_whatever_threads_do) {
  constexpr std::size_t threads = 4;
  constexpr std::size_t rounds = 2'000;
  ChangePublisher publisher;
  std::vector<ResourceVersion> heard;
  const auto subscription =
      publisher.subscribe([&](std::span<const Change> changes) { heard.push_back(changes.front().version); });
  {
    std::vector<std::jthread> publishing;
    for (std::size_t i = 0; i < threads; ++i) {
      publishing.emplace_back([&] {
        for (std::size_t round = 0; round < rounds; ++round) {
          const auto place = publisher.take_place();
          const Change change{.version = place};
          publisher.publish(place, {&change, 1});
        }
      });
    }
  }
  ASSERT_EQ(heard.size(), threads * rounds);
  for (std::size_t i = 0; i < heard.size(); ++i) ASSERT_EQ(heard[i], i);
}

TEST(ChangePublisher, ending_a_subscription_waits_for_a_call_that_runs) {
  ChangePublisher publisher;
  std::promise<void> called;
  std::promise<void> ending;
  std::atomic<bool> finished{false};
  auto subscription = publisher.subscribe([&](std::span<const Change>) {
    called.set_value();
    ending.get_future().wait();
    for (int i = 0; i < 1'000; ++i) std::this_thread::yield();
    finished = true;
  });
  std::jthread publishing([&] { publisher.publish(publisher.take_place(), {}); });
  called.get_future().wait();
  ending.set_value();
  subscription.reset();
  EXPECT_TRUE(finished);
}

TEST(ChangePublisher, a_subscriber_that_throws_does_not_stop_those_who_come_later) {
  ChangePublisher publisher;
  int calls = 0;
  const auto subscription = publisher.subscribe([&](std::span<const Change>) {
    if (++calls == 1) throw std::runtime_error("once");
  });
  EXPECT_THROW(publisher.publish(publisher.take_place(), {}), std::runtime_error);
  publisher.publish(publisher.take_place(), {});
  EXPECT_EQ(calls, 2);
}

TEST(ChangePublisher, one_may_subscribe_and_unsubscribe_others_while_changes_are_told) {
  ChangePublisher publisher;
  int late_calls = 0;
  std::shared_ptr<void> late;
  const auto early = publisher.subscribe([&](std::span<const Change>) {
    late = late ? nullptr : publisher.subscribe([&](std::span<const Change>) { ++late_calls; });
  });
  publisher.publish(publisher.take_place(), {});
  EXPECT_EQ(late_calls, 0) << "it subscribed behind this commit";
  publisher.publish(publisher.take_place(), {});
  EXPECT_EQ(late_calls, 0) << "it was ended before its turn";
}

}  // namespace
}  // namespace doorward
