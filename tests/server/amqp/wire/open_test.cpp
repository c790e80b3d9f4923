#include "server/amqp/wire/open.hpp"

#include "tests/server/amqp/wire/notation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::wire {
namespace {

using testing::HasSubstr;

std::string open_of(std::size_t count, const std::string& notation) {
  return bytes("00 53 10") + wide(0xd0, count, bytes(notation));
}

TEST(Open, IsReadInTheFormsThatClientsSend) {
  const struct {
    std::string what, body;
    std::uint32_t max_frame_size;
    bool desires;
  } cases[] = {
      {"a container id alone", open_of(1, "a1 01 'c'"), UINT32_MAX, false},
      {"nulls to the end", open_of(10, "a1 01 'c' 40 40 40 40 40 40 40 40 40"), UINT32_MAX, false},
      {"a list of 8-bit form", bytes("00 53 10 c0 04 01 a1 01 'c'"), UINT32_MAX, false},
      {"a container id of 32-bit form", open_of(1, "b1 00 00 00 01 'c'"), UINT32_MAX, false},
      {"a frame size of 32 bits", open_of(3, "a1 01 'c' 40 70 00 00 80 00"), 32'768, false},
      {"a frame size of 8 bits", open_of(3, "a1 01 'c' 40 52 ff"), 512, false},
      {"a frame size of 0", open_of(3, "a1 01 'c' 40 43"), 512, false},
      {"a frame size of 511", open_of(3, "a1 01 'c' 40 70 00 00 01 ff"), 512, false},
      {"a frame size of 513", open_of(3, "a1 01 'c' 40 70 00 00 02 01"), 513, false},
      {"the greatest frame size", open_of(3, "a1 01 'c' 40 70 ff ff ff ff"), UINT32_MAX, false},
      {"every limit", open_of(5, "a1 01 'c' a1 01 'h' 70 00 01 00 00 60 7f ff 70 00 00 3a 98"), 65'536,
       false},
      {"an idle time-out of 0", open_of(5, "a1 01 'c' 40 40 40 43"), UINT32_MAX, false},
      {"locales", open_of(7, "a1 01 'c' 40 40 40 40 a3 05 'en_US' e0 0e 02 a3 05 'en_US' 05 'de_DE'"),
       UINT32_MAX, false},
      {"the capability as a lone symbol", open_of(9, "a1 01 'c' 40 40 40 40 40 40 40 a3 0d 'ADDRESS-AUTHZ'"),
       UINT32_MAX, true},
      {"the capability in an array of 8-bit form",
       open_of(9, "a1 01 'c' 40 40 40 40 40 40 40 e0 10 01 a3 0d 'ADDRESS-AUTHZ'"), UINT32_MAX, true},
      {"the capability in an array of 32-bit form",
       open_of(9, "a1 01 'c' 40 40 40 40 40 40 40 f0 00 00 00 16 00 00 00 01 b3 00 00 00 0d 'ADDRESS-AUTHZ'"),
       UINT32_MAX, true},
      {"the capability among others",
       open_of(9, "a1 01 'c' 40 40 40 40 40 40 40 e0 1f 03 a3 05 'OTHER' 0d 'ADDRESS-AUTHZ' 08 'ANOTHER1'"),
       UINT32_MAX, true},
      {"other capabilities only", open_of(9, "a1 01 'c' 40 40 40 40 40 40 40 a3 0c 'ADDRESS-AUTH'"),
       UINT32_MAX, false},
      {"no capabilities in an array", open_of(9, "a1 01 'c' 40 40 40 40 40 40 40 e0 02 00 a3"), UINT32_MAX,
       false},
      {"the capability offered but not desired",
       open_of(8, "a1 01 'c' 40 40 40 40 40 40 a3 0d 'ADDRESS-AUTHZ'"), UINT32_MAX, false},
      {"properties of a router",
       open_of(10,
               "a1 01 'c' 40 40 40 40 40 40 40 a3 0d 'ADDRESS-AUTHZ' c1 22 04 a3 07 'product' a1 0f "
               "'qpid-dispatch-r' a3 03 'ver' 53 01"),
       UINT32_MAX, true},
      {"properties of every kind of value",
       open_of(
           10,
           "a1 01 'c' 40 40 40 40 40 40 40 40 d1 00 00 00 27 00 00 00 0a a3 01 'a' 81 00 00 00 00 00 00 00 "
           "09 a3 01 'b' 45 a3 01 'c' e0 02 00 a3 a3 01 'd' 00 53 01 41 a3 01 'e' 56 01"),
       UINT32_MAX, false},
      {"a property key that is a string",
       open_of(10, "a1 01 'c' 40 40 40 40 40 40 40 40 c1 05 02 a1 01 'k' 40"), UINT32_MAX, false},
      {"no properties in a map", open_of(10, "a1 01 'c' 40 40 40 40 40 40 40 40 c1 01 00"), UINT32_MAX,
       false},
  };
  for (const auto& c : cases) {
    const Result<Open> open = parse_open(c.body);
    ASSERT_TRUE(open) << c.what << ": " << open.error().message;
    EXPECT_EQ(open->container_id, "c") << c.what;
    EXPECT_EQ(open->max_frame_size, c.max_frame_size) << c.what;
    EXPECT_EQ(open->desires_address_authz, c.desires) << c.what;
  }
}

TEST(Open, TellsTheHostname) {
  const std::string body = open_of(2, "a1 01 'c' a1 04 'host'");
  EXPECT_EQ(parse_open(body)->hostname, "host");
}

TEST(Open, ThatIsMalformedIsRefused) {
  const struct {
    std::string what, body, why;
  } cases[] = {
      {"no container id", open_of(0, ""), "container-id is missing"},
      {"a container id that is null", open_of(2, "40 a1 01 'h'"), "container-id is missing"},
      {"a container id that is a symbol", open_of(1, "a3 01 'c'"), "container-id is of type symbol"},
      {"a frame size that is a ulong", open_of(3, "a1 01 'c' 40 53 01"), "max-frame-size is of type ulong"},
      {"a frame size that is negative", open_of(3, "a1 01 'c' 40 54 ff"), "max-frame-size is of type signed"},
      {"a channel-max that is a uint", open_of(4, "a1 01 'c' 40 40 52 01"), "channel-max is of type uint"},
      {"capabilities as a list", open_of(9, "a1 01 'c' 40 40 40 40 40 40 40 c0 01 00"),
       "desired-capabilities"},
      {"capabilities as strings", open_of(9, "a1 01 'c' 40 40 40 40 40 40 40 a1 0d 'ADDRESS-AUTHZ'"),
       "desired-capabilities is neither a symbol"},
      {"properties as a list", open_of(10, "a1 01 'c' 40 40 40 40 40 40 40 40 45"),
       "properties is of type list"},
      {"an odd map", open_of(10, "a1 01 'c' 40 40 40 40 40 40 40 40 c1 04 01 a3 01 'k'"),
       "key without a value"},
      {"a bad property value", open_of(10, "a1 01 'c' 40 40 40 40 40 40 40 40 c1 07 02 a3 01 'k' a1 01 ff"),
       "not UTF-8"},
      {"an eleventh field", open_of(11, "a1 01 'c' 40 40 40 40 40 40 40 40 40 40"), "more fields"},
      {"a begin", bytes("00 53 11 c0 05 04 40 43 43 43"), "another descriptor"},
      {"a close", bytes("00 53 18 45"), "it is close instead"},
      {"a SASL response", bytes("00 53 43 c0 03 01 a0 00"), "it is sasl-response instead"},
      {"an empty frame", "", "the frame is empty"},
      {"a payload behind it", open_of(1, "a1 01 'c'") + "payload", "bytes are left"},
  };
  for (const auto& c : cases) {
    const Result<Open> open = parse_open(c.body);
    ASSERT_FALSE(open) << c.what;
    EXPECT_EQ(open.error().code, ErrorCode::invalid) << c.what;
    EXPECT_THAT(open.error().message, HasSubstr(c.why)) << c.what;
  }
}

TEST(Open, CutAtAnyByteIsRefused) {
  const std::string body = open_of(
      10,
      "a1 01 'c' a1 01 'h' 70 00 01 00 00 60 7f ff 70 00 00 3a 98 a3 05 'en_US' a3 05 'en_US' 40 e0 10 "
      "01 a3 0d 'ADDRESS-AUTHZ' c1 09 04 a3 01 'k' 41 a3 01 'l' 42");
  ASSERT_TRUE(parse_open(body));
  for (std::size_t length = 0; length < body.size(); ++length) {
    const std::string cut = body.substr(0, length);
    EXPECT_FALSE(parse_open(cut)) << length;
  }
}

TEST(DelegateOpen, IsEncodedToTheByte) {
  EXPECT_EQ(encode(DelegateOpen{"c", "h", true}),
            bytes("00 00 00 2c 02 00 00 00  00 53 10 c0 1f 09 a1 01 'c' a1 01 'h' 40 40 40 40 40 40 "
                  "e0 10 01 a3 0d 'ADDRESS-AUTHZ'"));
  EXPECT_EQ(encode(DelegateOpen{"c", "", false}),
            bytes("00 00 00 19 02 00 00 00  00 53 10 c0 0c 09 a1 01 'c' 40 40 40 40 40 40 40 40"));
}

TEST(Close, IsEncodedToTheByte) {
  EXPECT_EQ(encode_close(), bytes("00 00 00 0e 02 00 00 00  00 53 18 c0 01 00"));
  EXPECT_EQ(encode_close("amqp:x", "why"),
            bytes("00 00 00 21 02 00 00 00  00 53 18 c0 14 01 00 53 1d c0 0e 02 a3 06 'amqp:x' a1 03 'why'"));
}

TEST(Close, IsReadWithAndWithoutAnError) {
  const struct {
    std::string notation, condition, description;
  } cases[] = {
      {"00 53 18 45", "", ""},
      {"00 53 18 c0 01 00", "", ""},
      {"00 53 18 c0 02 01 40", "", ""},
      {"00 53 18 c0 0a 01 00 53 1d c0 04 01 a3 01 'x'", "x", ""},
      {"00 53 18 c0 0d 01 00 53 1d c0 07 02 a3 01 'x' a1 01 'y'", "x", "y"},
      {"00 53 18 c0 10 01 00 53 1d c0 0a 03 a3 01 'x' a1 01 'y' c1 01 00", "x", "y"},
      {"00 53 18 d0 00 00 00 13 00 00 00 01 00 53 1d d0 00 00 00 07 00 00 00 01 a3 01 'x'", "x", ""},
  };
  for (const auto& c : cases) {
    const Result<std::optional<Close>> close = parse_close(bytes(c.notation));
    ASSERT_TRUE(close) << c.notation << ": " << close.error().message;
    ASSERT_TRUE(*close) << c.notation;
    EXPECT_EQ((*close)->condition, c.condition) << c.notation;
    EXPECT_EQ((*close)->description, c.description) << c.notation;
  }
}

TEST(Close, IsToldFromOtherPerformativesAndFromNonsense) {
  for (const std::string notation : {"00 53 10 c0 04 01 a1 01 'c'", "00 53 11 c0 05 04 40 43 43 43"}) {
    const Result<std::optional<Close>> close = parse_close(bytes(notation));
    ASSERT_TRUE(close) << notation << ": " << close.error().message;
    EXPECT_FALSE(close->has_value()) << notation;
  }
  const struct {
    std::string what, notation, why;
  } cases[] = {
      {"a heartbeat", "", "the frame is empty"},
      {"no list", "00 53 18", "longer than what holds it"},
      {"a count too great", "00 53 18 c0 02 02 40", "count is greater than its fields"},
      {"a count too small", "00 53 18 c0 03 01 40 40", "bytes are left behind the last field"},
      {"a byte behind it", "00 53 18 45 40", "bytes are left behind the performative"},
      {"a second field", "00 53 18 c0 03 02 40 40", "more fields"},
      {"an error without a descriptor", "00 53 18 c0 02 01 45", "error is of type list"},
      {"an error without a condition", "00 53 18 c0 05 01 00 53 1d 45", "condition is missing"},
      {"another described list", "00 53 18 c0 05 01 00 53 1e 45", "another descriptor"},
      {"a condition that is a string", "00 53 18 c0 0a 01 00 53 1d c0 04 01 a1 01 'x'",
       "condition is of type string"},
      {"a description that is a symbol", "00 53 18 c0 0d 01 00 53 1d c0 07 02 a3 01 'x' a3 01 'y'",
       "description is of type symbol"},
      {"a fourth field of the error", "00 53 18 c0 0d 01 00 53 1d c0 07 04 a3 01 'x' 40 40 40",
       "more fields"},
  };
  for (const auto& c : cases) {
    const Result<std::optional<Close>> close = parse_close(bytes(c.notation));
    ASSERT_FALSE(close) << c.what;
    EXPECT_THAT(close.error().message, HasSubstr(c.why)) << c.what;
  }
}

}  // namespace
}  // namespace doorward::wire
