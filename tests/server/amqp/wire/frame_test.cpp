#include "server/amqp/wire/frame.hpp"

#include "tests/server/amqp/wire/notation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::wire {
namespace {

using testing::HasSubstr;

constexpr std::uint32_t limit = 16'384;

TEST(FrameHeader, TellsSizeTypeChannelAndWhereTheBodyBegins) {
  const Result<FrameHeader> sasl = parse_frame_header(bytes("00 00 00 1c 02 01 00 00"), limit);
  ASSERT_TRUE(sasl) << sasl.error().message;
  EXPECT_EQ(sasl->size, 28u);
  EXPECT_EQ(sasl->body_offset, 8u);
  EXPECT_EQ(sasl->type, FrameType::sasl);

  const Result<FrameHeader> amqp = parse_frame_header(bytes("00 00 01 00 03 00 12 34"), limit);
  ASSERT_TRUE(amqp) << amqp.error().message;
  EXPECT_EQ(amqp->size, 256u);
  EXPECT_EQ(amqp->body_offset, 12u) << "an extended header lies before the body";
  EXPECT_EQ(amqp->type, FrameType::amqp);
  EXPECT_EQ(amqp->channel, 0x1234u);
}

TEST(FrameHeader, ThatIsAtABoundIsAccepted) {
  for (const std::string header : {
           "00 00 00 08 02 00 00 00",  // a frame without a body
           "00 00 40 00 02 01 00 00",  // 16,384 bytes
           "00 00 03 fc ff 01 00 00",  // nothing but an extended header of the greatest length
       }) {
    EXPECT_TRUE(parse_frame_header(bytes(header), limit)) << header;
  }
}

TEST(FrameHeader, SaysASizeWhateverElseIsWrongWithIt) {
  EXPECT_EQ(announced_size(bytes("00 00 00 07 01 02 00 00")), 7u);
  EXPECT_EQ(announced_size(bytes("ff fe fd fc 02 01 00 00")), 0xfffefdfcu);
}

TEST(FrameHeader, ThatLiesIsRefused) {
  const struct {
    std::string what, header, why;
  } cases[] = {
      {"a size of 0", "00 00 00 00 02 01 00 00", "0 bytes is shorter than its header"},
      {"a size of 7", "00 00 00 07 02 01 00 00", "7 bytes is shorter than its header"},
      {"a size of one over the limit", "00 00 40 01 02 01 00 00",
       "16385 bytes is longer than the 16384 allowed"},
      {"a size of 4 GiB less one", "ff ff ff ff 02 01 00 00", "4294967295 bytes is longer"},
      {"a body within the header", "00 00 00 20 01 01 00 00", "begins at byte 4"},
      {"a data offset of 0", "00 00 00 20 00 01 00 00", "begins at byte 0"},
      {"a body behind the frame", "00 00 00 20 09 01 00 00", "begins at byte 36"},
      {"a type that is neither", "00 00 00 20 02 02 00 00", "type is 2"},
      {"the start of a TLS hello", "16 03 01 02 00 01 00 01", "longer"},
      {"an HTTP request", "'GET / HT'", "longer"},
      {"seven bytes", "00 00 00 08 02 00 00", "8 bytes long"},
      {"nothing", "", "8 bytes long"},
  };
  for (const auto& c : cases) {
    const Result<FrameHeader> header = parse_frame_header(bytes(c.header), limit);
    ASSERT_FALSE(header) << c.what;
    EXPECT_EQ(header.error().code, ErrorCode::invalid) << c.what;
    EXPECT_THAT(header.error().message, HasSubstr(c.why)) << c.what;
  }
}

}  // namespace
}  // namespace doorward::wire
