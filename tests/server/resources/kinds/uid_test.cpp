#include "server/resources/kinds/uid.hpp"

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

TEST(Time, is_read_with_any_offset) {
  const auto noon = sys_days{2026y / November / 28} + 12h;
  for (const auto* text :
       {"2026-11-28T12:00:00Z", "2026-11-28t12:00:00z", "2026-11-28T12:00:00.999Z",
        "2026-11-28T13:30:00+01:30", "2026-11-27T23:00:00-13:00", "2026-11-28T12:00:00-00:00"})
    EXPECT_EQ(parse_rfc3339(text), noon) << text;
  EXPECT_EQ(parse_rfc3339("2024-02-29T23:59:60Z"), sys_days{2024y / March / 1} + 0s) << "a leap second";
  EXPECT_EQ(parse_rfc3339(rfc3339(noon)), noon);
}

TEST(Time, is_refused_where_there_is_none) {
  for (const auto* text :
       {"", "2026-11-28", "2026-11-28T12:00:00", "2026-11-28 12:00:00Z", "2026-11-28T12:00Z",
        "2026-02-29T12:00:00Z", "2026-13-01T12:00:00Z", "2026-00-01T12:00:00Z", "2026-11-28T24:00:00Z",
        "2026-11-28T12:60:00Z", "2026-11-28T12:00:61Z", "2026-11-28T12:00:00.Z", "2026-11-28T12:00:00ZZ",
        "2026-11-28T12:00:00+1", "2026-11-28T12:00:00+24:00", "2026-11-28T12:00:00+01:60",
        "+026-11-28T12:00:00Z", "tomorrow"})
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
}

TEST(Uid, is_never_the_same) {
  std::set<std::string> uids;
  for (int i = 0; i < 1'000; ++i) uids.insert(new_uid());
  EXPECT_EQ(uids.size(), 1'000u);
}

}  // namespace
}  // namespace doorward::resources
