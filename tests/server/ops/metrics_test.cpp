// Counters, durations and the bound on their series.
#include "server/ops/metrics.hpp"

#include <latch>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

template <class Family>
std::string text_of(const Family& family) {
  Exposition page(Format::prometheus);
  family.collect(page);
  return std::move(page).finish();
}

std::size_t series_in(const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find("\nc_total{", at)) != std::string::npos; ++at) ++count;
  return count;
}

TEST(Counters, count_each_set_of_values_by_itself) {
  Counters counters({"c", "Help.", {{"a"}, {"b"}}});
  counters.add({"x", "y"});
  counters.add({"x", "z"}, 5);
  counters.add({"x", "y"});
  EXPECT_EQ(text_of(counters),
            "# HELP c_total Help.\n# TYPE c_total counter\nc_total{a=\"x\",b=\"y\"} 2\n"
            "c_total{a=\"x\",b=\"z\"} 5\n");
}

TEST(Counters, without_labels_are_there_before_the_first_count) {
  Counters counters({"c", "Help."});
  EXPECT_THAT(text_of(counters), HasSubstr("\nc_total 0\n"));
  counters.add({});
  EXPECT_THAT(text_of(counters), HasSubstr("\nc_total 1\n"));
}

TEST(Counters, keep_empty_values_apart) {
  Counters counters({"c", "", {{"a"}, {"b"}}});
  counters.add({"", "x"});
  counters.add({"x", ""});
  EXPECT_THAT(text_of(counters), HasSubstr("{a=\"\",b=\"x\"} 1"));
  EXPECT_THAT(text_of(counters), HasSubstr("{a=\"x\",b=\"\"} 1"));
}

TEST(Counters, count_what_is_too_many_as_other_and_leave_the_other_labels_alone) {
  Counters counters({"c", "", {{"realm", 2}, {"outcome"}}});
  for (const char* realm : {"a", "b", "c", "d", "c", "a", "other"}) counters.add({realm, "ok"});
  counters.add({"e", "auth"});
  EXPECT_THAT(text_of(counters), HasSubstr("{realm=\"a\",outcome=\"ok\"} 2\n"));
  EXPECT_THAT(text_of(counters), HasSubstr("{realm=\"b\",outcome=\"ok\"} 1\n"));
  EXPECT_THAT(text_of(counters), HasSubstr("{realm=\"other\",outcome=\"ok\"} 4\n"));
  EXPECT_THAT(text_of(counters), HasSubstr("{realm=\"other\",outcome=\"auth\"} 1\n"));
  EXPECT_EQ(series_in(text_of(counters)), 4u);
}

TEST(Counters, of_many_threads_lose_nothing_and_keep_one_bound) {
  constexpr std::size_t threads = 24, rounds = 2'000, bound = 100;
  Counters counters({"c", "", {{"realm", bound}}});
  {
    std::latch together(threads);
    std::vector<std::jthread> running;
    for (std::size_t t = 0; t < threads; ++t) {
      running.emplace_back([&] {
        together.arrive_and_wait();
        for (std::size_t i = 0; i < rounds; ++i) counters.add({std::to_string(i % 200)});
        counters.add({"last"});
      });
    }
    // A scrape while they count.
    for (int i = 0; i < 10; ++i) (void)text_of(counters);
  }
  const std::string text = text_of(counters);
  EXPECT_EQ(series_in(text), bound + 1);
  std::uint64_t sum = 0;
  for (std::size_t at = 0; (at = text.find("} ", at)) != std::string::npos; ++at) {
    sum += std::stoull(text.substr(at + 2));
  }
  EXPECT_EQ(sum, threads * (rounds + 1));
}

TEST(Durations, fall_into_the_bucket_that_ends_at_them_or_behind) {
  using namespace std::chrono_literals;
  Durations durations({"d", "", {{"m"}}});
  for (const std::chrono::nanoseconds duration :
       {0ns, 100'000ns, 100'001ns, 10'000'000'000ns, 10'000'000'001ns}) {
    durations.observe({"x"}, duration);
  }
  const std::string text = text_of(durations);
  EXPECT_THAT(text, HasSubstr("d_bucket{m=\"x\",le=\"0.0001\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("d_bucket{m=\"x\",le=\"0.00025\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("d_bucket{m=\"x\",le=\"10.0\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("d_bucket{m=\"x\",le=\"+Inf\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("d_count{m=\"x\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("d_sum{m=\"x\"} 20.0002000"));
}

TEST(Durations, that_are_expected_are_there_before_the_first) {
  Durations durations({"d", "", {{"m"}}});
  durations.expect({"x"});
  EXPECT_THAT(text_of(durations), HasSubstr("d_bucket{m=\"x\",le=\"+Inf\"} 0\n"));
  EXPECT_THAT(text_of(durations), HasSubstr("d_count{m=\"x\"} 0\n"));
}

TEST(Registry, writes_what_its_collectors_write_in_their_order) {
  Registry registry;
  registry.add([](Exposition& page) { page.gauge("b", "", 1); });
  registry.add([](Exposition& page) { page.counter("a", "", 2); });
  const std::string text = registry.scrape(Format::openmetrics);
  EXPECT_LT(text.find("b 1.0\n"), text.find("a_total 2\n"));
  EXPECT_TRUE(text.ends_with("# EOF\n"));
}

}  // namespace
}  // namespace doorward::metrics
