#include "server/telemetry/store_pace.hpp"

#include "server/ops/log.hpp"

#include <chrono>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using ::testing::HasSubstr;

TEST(StorePaceTest, tells_of_slow_look_ups_in_the_log_and_in_a_metric) {
  StorePace pace;
  const auto scraped = [&] {
    metrics::Exposition page(metrics::Format::prometheus);
    pace.collect(page);
    return std::move(page).finish();
  };
  EXPECT_THAT(scraped(), HasSubstr("doorward_store_slow 0.0\n"));
  testing::internal::CaptureStderr();
  {
    const log::Writer writer{log::Writer::Options{}};
    pace.turn(true);
    EXPECT_THAT(scraped(), HasSubstr("doorward_store_slow 1.0\n"));
    pace.turn(false);
    EXPECT_THAT(scraped(), HasSubstr("doorward_store_slow 0.0\n"));
  }
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_THAT(told, HasSubstr("look-ups of users are slow: event loops leave them to the workers"));
  EXPECT_THAT(told, HasSubstr("milliseconds=50\n"));
  EXPECT_THAT(told, HasSubstr("look-ups of users are quick again\n"));
}

}  // namespace
}  // namespace doorward
