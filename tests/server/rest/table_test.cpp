// The columns that kubectl prints.
#include "server/rest/table.hpp"

#include <gtest/gtest.h>

namespace doorward::rest {
namespace {

TEST(Age, is_written_as_kubectl_writes_it) {
  const auto age_after = [](long long seconds) {
    return age("2026-01-01T00:00:00Z",
               std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) + std::chrono::seconds(seconds));
  };
  EXPECT_EQ(age_after(-5), "0s");
  EXPECT_EQ(age_after(119), "119s");
  EXPECT_EQ(age_after(120), "2m");
  EXPECT_EQ(age_after(192), "3m12s");
  EXPECT_EQ(age_after(10 * 60 + 1), "10m");
  EXPECT_EQ(age_after(3 * 3600), "3h");
  EXPECT_EQ(age_after(3 * 3600 + 60), "3h1m");
  EXPECT_EQ(age_after(47 * 3600), "47h");
  EXPECT_EQ(age_after(52 * 3600), "2d4h");
  EXPECT_EQ(age_after(30LL * 86400), "30d");
  EXPECT_EQ(age_after(800LL * 86400), "2y70d");
  EXPECT_EQ(age_after(3000LL * 86400), "8y");
  EXPECT_EQ(age("nonsense", {}), "<unknown>");
}

}  // namespace
}  // namespace doorward::rest
