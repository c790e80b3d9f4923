#include "server/resources/uid.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace doorward::resources {
namespace {

using namespace std::chrono;

TEST(Time, is_written_as_rfc_3339_in_utc) {
  EXPECT_EQ(rfc3339(sys_seconds{0s}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(sys_days{2024y / February / 29} + 23h + 59min + 59s), "2024-02-29T23:59:59Z");
  EXPECT_EQ(rfc3339(sys_seconds{951'782'400s}), "2000-02-29T00:00:00Z");
}

TEST(Uid, is_never_the_same) {
  std::set<std::string> uids;
  for (int i = 0; i < 1'000; ++i) uids.insert(new_uid());
  EXPECT_EQ(uids.size(), 1'000u);
}

}  // namespace
}  // namespace doorward::resources
