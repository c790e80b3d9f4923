// Phases as a scrape sees them, and the store behind its meter.
#include "server/telemetry/resource_counts.hpp"

#include "server/telemetry/metered_store.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/samples.hpp"
#include "tests/store/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::HasSubstr;
using testing::Not;

class ResourceCountsTest : public testing::Test {
 protected:
  ResourceCountsTest() : store_(std::move(open_sqlite_store(folder_ / "doorward.db").value())) {}

  void put(const ObjectKey& key, const std::string& phase) {
    const Write write = samples::put(key, R"({"status":{"phase":")" + phase + "\"}}");
    ASSERT_TRUE(store_.commit({&write, 1}));
  }
  template <class Measured>
  static std::string text_of(const Measured& measured) {
    metrics::Exposition page(metrics::Format::prometheus);
    measured.collect(page);
    return std::move(page).finish();
  }

  TemporaryDirectory folder_;
  MeteredStore store_;
};

TEST_F(ResourceCountsTest, have_every_phase_and_the_names_of_the_alerts) {
  put(samples::space_key("a"), "Active");
  put(samples::space_key("b"), "Pending");
  put(samples::space_key("c"), "Failed");
  put(samples::user_key("a"), "Active");
  put(samples::user_key("b"), "made up");
  put({"addresses.enmasse.io", "team", "q"}, "Configuring");
  ResourceCounts counts;
  counts.refresh(store_);
  const std::string text = text_of(counts);
  for (const char* line : {
           "\ndoorward_address_spaces{phase=\"Active\"} 1\n",
           "\ndoorward_address_spaces{phase=\"Pending\"} 1\n",
           "\ndoorward_address_spaces{phase=\"Failed\"} 1\n",
           "\ndoorward_users{phase=\"Active\"} 1\n",
           "\ndoorward_users{phase=\"Failed\"} 0\n",
           "\ndoorward_users{phase=\"other\"} 1\n",
           "\ndoorward_addresses{phase=\"Configuring\"} 1\n",
           "\naddress_space_status_ready 1.0\n",
           "\naddress_space_status_not_ready 2.0\n",
           "\naddress_status_ready 0.0\n",
           "\naddress_status_not_ready 1.0\n",
       }) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("made up")));
}

TEST_F(ResourceCountsTest, of_an_empty_store_are_there_and_zero) {
  ResourceCounts counts;
  counts.refresh(store_);
  EXPECT_THAT(text_of(counts), HasSubstr("\naddress_space_status_not_ready 0.0\n"));
  EXPECT_THAT(text_of(counts), HasSubstr("\ndoorward_address_spaces{phase=\"Failed\"} 0\n"));
}

TEST_F(ResourceCountsTest, count_again_only_after_a_change) {
  ResourceCounts counts;
  counts.refresh(store_);
  const std::string before = text_of(store_);
  for (int i = 0; i < 10; ++i) counts.refresh(store_);
  const auto lists = [](const std::string& text) {
    const std::string name = "doorward_store_operation_duration_seconds_count{operation=\"phases\"} ";
    return text.substr(text.find(name) + name.size(), 2);
  };
  EXPECT_EQ(lists(before), "3\n");
  EXPECT_EQ(lists(text_of(store_)), "3\n");
}

TEST_F(ResourceCountsTest, have_as_many_series_for_ten_thousand_spaces_as_for_one) {
  const auto lines = [this] {
    ResourceCounts counts;
    counts.refresh(store_);
    const std::string text = text_of(counts);
    return std::pair(std::ranges::count(text, '\n'), text);
  };
  put(samples::space_key("first"), "Active");
  const auto of_one = lines().first;
  std::vector<Write> writes;
  for (int i = 0; i < 10'000; ++i)
    writes.push_back(
        samples::put(samples::space_key("s" + std::to_string(i)), R"({"status":{"phase":"Active"}})"));
  ASSERT_TRUE(store_.commit(writes));
  const auto [of_all, text] = lines();
  EXPECT_EQ(of_all, of_one);
  EXPECT_THAT(text, HasSubstr("\naddress_space_status_ready 10001.0\n"));
}

TEST_F(ResourceCountsTest, the_meter_times_operations_and_counts_no_answer_as_an_error) {
  EXPECT_FALSE(store_.get(samples::space_key("nobody")));
  EXPECT_FALSE(store_.find_user("realm", "nobody", Patience::some_seconds));
  const std::string text = text_of(store_);
  EXPECT_THAT(text, HasSubstr("doorward_store_operation_duration_seconds_count{operation=\"get\"} 1\n"));
  EXPECT_THAT(text,
              HasSubstr("doorward_store_operation_duration_seconds_count{operation=\"find_user\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("doorward_store_errors_total{operation=\"get\",code=\"unavailable\"} 0\n"));
  EXPECT_THAT(text, Not(testing::ContainsRegex("doorward_store_errors_total\\{[^\n]* [1-9]")));
}

}  // namespace
}  // namespace doorward
