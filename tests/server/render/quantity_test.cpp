#include "server/render/quantity.hpp"

#include <gtest/gtest.h>

namespace doorward::render {
namespace {

TEST(Quantity, reads_amounts_as_kubernetes_writes_them) {
  EXPECT_EQ(bytes_of("0"), 0u);
  EXPECT_EQ(bytes_of("1024"), 1024u);
  EXPECT_EQ(bytes_of("5k"), 5'000u);
  EXPECT_EQ(bytes_of("512Mi"), 536'870'912u);
  EXPECT_EQ(bytes_of("1.5Gi"), 1'610'612'736u);
  EXPECT_EQ(bytes_of("10G"), 10'000'000'000u);
}

TEST(Quantity, reads_amounts_as_artemis_writes_them) {
  EXPECT_EQ(bytes_of("256Mb"), 268'435'456u);
  EXPECT_EQ(bytes_of("1KB"), 1'024u);
  EXPECT_EQ(bytes_of("1kb"), std::nullopt);
  EXPECT_EQ(bytes_of("1Mib"), std::nullopt);
}

TEST(Quantity, is_below_two_to_the_sixty_third) {
  EXPECT_EQ(bytes_of("8191Pi"), 8191u * (std::uint64_t{1} << 50));
  EXPECT_EQ(bytes_of("8192Pi"), std::nullopt);
}

TEST(Quantity, refuses_what_is_no_amount_of_bytes) {
  for (const char* text : {"", "-1", "Mi", "1mi", "1 Gi", "inf", "nan", "1Mi\n", "0x10", "1e3", "\"1"})
    EXPECT_EQ(bytes_of(text), std::nullopt) << text;
}

}  // namespace
}  // namespace doorward::render
