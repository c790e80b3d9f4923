#include "server/amqp/wire/sasl.hpp"

#include "tests/server/amqp/wire/notation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(SaslFrames, AreEncodedToTheByte) {
  EXPECT_EQ(encode(SaslMechanisms{{"PLAIN", "ANONYMOUS"}}),
            bytes("00 00 00 22 02 01 00 00  00 53 40 c0 15 01 e0 12 02 a3 05 'PLAIN' 09 'ANONYMOUS'"));
  EXPECT_EQ(encode(SaslInit{"ANONYMOUS", std::nullopt, ""}),
            bytes("00 00 00 1b 02 01 00 00  00 53 41 c0 0e 03 a3 09 'ANONYMOUS' 40 40"));
  EXPECT_EQ(encode(SaslInit{"PLAIN", "", "a-b"}),
            bytes("00 00 00 1c 02 01 00 00  00 53 41 c0 0f 03 a3 05 'PLAIN' a0 00 a1 03 'a-b'"));
  EXPECT_EQ(encode(SaslChallenge{"v=x"}), bytes("00 00 00 13 02 01 00 00  00 53 42 c0 06 01 a0 03 'v=x'"));
  EXPECT_EQ(encode(SaslResponse{""}), bytes("00 00 00 10 02 01 00 00  00 53 43 c0 03 01 a0 00"));
  EXPECT_EQ(encode(SaslOutcome{SaslCode::auth, std::nullopt}),
            bytes("00 00 00 10 02 01 00 00  00 53 44 c0 03 01 50 01"));
  EXPECT_EQ(encode(SaslOutcome{SaslCode::ok, "d"}),
            bytes("00 00 00 13 02 01 00 00  00 53 44 c0 06 02 50 00 a0 01 'd'"));
}

// The lengths at which a value, and the list around it, outgrow their 8-bit forms.
TEST(SaslFrames, AreEncodedIn32BitFormsWhereTheyOutgrowTheOthers) {
  for (const std::size_t length : {0u, 1u, 251u, 252u, 253u, 255u, 256u, 2'000u, 16'000u}) {
    const std::string content(length, 'x');
    const std::string frame = encode(SaslResponse{content});
    const std::string value = length <= 255 ? "\xa0" + big_endian(length, 1) : "\xb0" + big_endian(length, 4);
    const std::string list =
        value.size() + length + 1 <= 255 ? narrow(0xc0, 1, value + content) : wide(0xd0, 1, value + content);
    EXPECT_EQ(frame.substr(8), bytes("00 53 43") + list) << length;
    EXPECT_EQ(frame.substr(0, 4), big_endian(frame.size(), 4)) << length;
    const Result<SaslResponse> read = parse_sasl_response(std::string_view(frame).substr(8));
    ASSERT_TRUE(read) << length;
    EXPECT_EQ(read->response, content) << length;
  }
}

TEST(SaslInit, IsReadInAnyLegalForm) {
  const std::string fields8 = bytes("a3 05 'PLAIN' a0 04 00 'u' 00 'p' a1 03 'a-b'");
  const std::string fields32 =
      bytes("b3 00 00 00 05 'PLAIN' b0 00 00 00 04 00 'u' 00 'p' b1 00 00 00 03 'a-b'");
  for (const std::string& descriptor :
       {bytes("00 53 41"), bytes("00 80 00 00 00 00 00 00 00 41"), bytes("00 a3 13 'amqp:sasl-init:list'"),
        bytes("00 b3 00 00 00 13 'amqp:sasl-init:list'")}) {
    for (const std::string& list : {narrow(0xc0, 3, fields8), wide(0xd0, 3, fields8),
                                    narrow(0xc0, 3, fields32), wide(0xd0, 3, fields32)}) {
      const std::string body = descriptor + list;
      const Result<SaslInit> init = parse_sasl_init(body);
      ASSERT_TRUE(init) << init.error().message;
      EXPECT_EQ(init->mechanism, "PLAIN");
      EXPECT_EQ(init->initial_response, std::string_view("\0u\0p", 4));
      EXPECT_EQ(init->hostname, "a-b");
    }
  }
}

TEST(SaslInit, MayLeaveOutWhatIsOptional) {
  for (const std::string notation :
       {"00 53 41 c0 0a 01 a3 07 'SCRAM-X'", "00 53 41 c0 0b 02 a3 07 'SCRAM-X' 40",
        "00 53 41 c0 0c 03 a3 07 'SCRAM-X' 40 40"}) {
    const std::string body = bytes(notation);
    const Result<SaslInit> init = parse_sasl_init(body);
    ASSERT_TRUE(init) << notation << ": " << init.error().message;
    EXPECT_EQ(init->mechanism, "SCRAM-X") << notation;
    EXPECT_EQ(init->initial_response, std::nullopt) << notation;
    EXPECT_EQ(init->hostname, "") << notation;
  }
}

TEST(SaslInit, TellsAnEmptyInitialResponseFromNone) {
  const std::string body = bytes("00 53 41 c0 0d 02 a3 08 'EXTERNAL' a0 00");
  const Result<SaslInit> init = parse_sasl_init(body);
  ASSERT_TRUE(init);
  EXPECT_EQ(init->initial_response, "");
}

TEST(SaslInit, ThatIsMalformedIsRefused) {
  const struct {
    std::string what, notation, why;
  } cases[] = {
      {"nothing", "", "the frame is empty"},
      {"no descriptor", "c0 08 01 a3 05 'PLAIN'", "no descriptor"},
      {"not a list", "00 53 41 a3 05 'PLAIN'", "fields are not a list"},
      {"a map", "00 53 41 c1 09 02 a3 05 'PLAIN' 40", "fields are not a list"},
      {"an empty list", "00 53 41 45", "mechanism is missing"},
      {"a null mechanism", "00 53 41 c0 03 02 40 40", "mechanism is missing"},
      {"a mechanism that is a string", "00 53 41 c0 08 01 a1 05 'PLAIN'",
       "mechanism is of type string instead of"},
      {"a mechanism in an array", "00 53 41 c0 0b 01 e0 08 01 a3 05 'PLAIN'", "mechanism is of type array"},
      {"a response that is a string", "00 53 41 c0 0b 02 a3 05 'PLAIN' a1 01 'x'",
       "initial-response is of type string instead of binary"},
      {"a hostname that is a symbol", "00 53 41 c0 0c 03 a3 05 'PLAIN' 40 a3 01 'h'",
       "hostname is of type symbol"},
      {"a fourth field", "00 53 41 c0 0b 04 a3 05 'PLAIN' 40 40 40", "more fields"},
      {"a response in its place", "00 53 43 c0 04 01 a0 01 'x'", "it is sasl-response instead"},
      {"an open in its place", "00 53 10 c0 04 01 a1 01 'x'", "it is open instead"},
      {"a descriptor of nobody's", "00 53 45 45", "another descriptor"},
      {"a descriptor with high bytes", "00 80 00 00 00 01 00 00 00 41 c0 08 01 a3 05 'PLAIN'",
       "another descriptor"},
      {"a descriptor that is a uint", "00 52 41 c0 08 01 a3 05 'PLAIN'", "another descriptor"},
      {"a byte behind it", "00 53 41 c0 08 01 a3 05 'PLAIN' 00", "bytes are left"},
      {"a hostname that is not UTF-8", "00 53 41 c0 0c 03 a3 05 'PLAIN' 40 a1 01 ff", "not UTF-8"},
  };
  for (const auto& c : cases) {
    const std::string body = bytes(c.notation);
    const Result<SaslInit> init = parse_sasl_init(body);
    ASSERT_FALSE(init) << c.what;
    EXPECT_EQ(init.error().code, ErrorCode::invalid) << c.what;
    EXPECT_THAT(init.error().message, HasSubstr("malformed sasl-init: ")) << c.what;
    EXPECT_THAT(init.error().message, HasSubstr(c.why)) << c.what;
  }
}

TEST(SaslInit, CutAtAnyByteIsRefusedAndNeverQuotesTheResponse) {
  const std::string frame = encode(SaslInit{"PLAIN", std::string_view("\0user\0pencil", 12), "ns-space"});
  for (std::size_t length = 0; length < frame.size() - 8; ++length) {
    const std::string body = frame.substr(8, length);
    const Result<SaslInit> init = parse_sasl_init(body);
    ASSERT_FALSE(init) << length;
    EXPECT_THAT(init.error().message, testing::Not(HasSubstr("pencil")));
  }
}

TEST(SaslMechanisms, AreReadFromALoneSymbolAsFromAnArray) {
  const std::string lone = bytes("00 53 40 c0 08 01 a3 05 'PLAIN'");
  EXPECT_THAT(parse_sasl_mechanisms(lone)->mechanisms, ElementsAre("PLAIN"));
  const std::string several = bytes("00 53 40 c0 0e 01 e0 0b 02 a3 05 'PLAIN' 02 'XA'");
  EXPECT_THAT(parse_sasl_mechanisms(several)->mechanisms, ElementsAre("PLAIN", "XA"));
  const std::string wider =
      bytes("00 53 40") + wide(0xd0, 1, wide(0xf0, 2, bytes("b3 00 00 00 05 'PLAIN' 00 00 00 02 'XA'")));
  EXPECT_THAT(parse_sasl_mechanisms(wider)->mechanisms, ElementsAre("PLAIN", "XA"));
  const std::string none = bytes("00 53 40 c0 05 01 e0 02 00 a3");
  EXPECT_THAT(parse_sasl_mechanisms(none)->mechanisms, IsEmpty());
}

TEST(SaslMechanisms, OfAnotherTypeAreRefused) {
  for (const std::string notation : {
           "00 53 40 45",                                        // missing
           "00 53 40 c0 02 01 40",                               // null
           "00 53 40 c0 08 01 a1 05 'PLAIN'",                    // a string
           "00 53 40 c0 0b 01 e0 08 01 a1 05 'PLAIN'",           // an array of strings
           "00 53 40 c0 0b 01 c0 08 01 a3 05 'PLAIN'",           // a list of symbols
           "00 53 40 c0 0e 01 e0 0b 01 00 53 01 a3 05 'PLAIN'",  // an array of described symbols
       }) {
    const std::string body = bytes(notation);
    const Result<SaslMechanisms> frame = parse_sasl_mechanisms(body);
    ASSERT_FALSE(frame) << notation;
    EXPECT_THAT(frame.error().message, HasSubstr("sasl-server-mechanisms")) << notation;
  }
}

TEST(SaslResponse, MustHaveAResponse) {
  const std::string empty = bytes("00 53 43 c0 03 01 a0 00");
  EXPECT_EQ(parse_sasl_response(empty)->response, "");
  for (const std::string notation : {"00 53 43 45", "00 53 43 c0 02 01 40", "00 53 43 c0 04 01 a1 01 'x'",
                                     "00 53 43 c0 05 02 a0 01 'x' 40", "00 53 42 c0 04 01 a0 01 'x'"}) {
    EXPECT_FALSE(parse_sasl_response(bytes(notation))) << notation;
  }
}

TEST(SaslChallengeOrOutcome, IsWhicheverCame) {
  const std::string challenge = bytes("00 53 42 c0 06 01 a0 03 'v=x'");
  const Result<SaslChallengeOrOutcome> first = parse_sasl_challenge_or_outcome(challenge);
  ASSERT_TRUE(first && std::holds_alternative<SaslChallenge>(*first));
  EXPECT_EQ(std::get<SaslChallenge>(*first).challenge, "v=x");

  const std::string outcome = bytes("00 53 44 c0 06 02 50 04 a0 01 'd'");
  const Result<SaslChallengeOrOutcome> second = parse_sasl_challenge_or_outcome(outcome);
  ASSERT_TRUE(second && std::holds_alternative<SaslOutcome>(*second));
  EXPECT_EQ(std::get<SaslOutcome>(*second).code, SaslCode::sys_temp);
  EXPECT_EQ(std::get<SaslOutcome>(*second).additional_data, "d");
}

TEST(SaslChallengeOrOutcome, RefusesWhatIsNeither) {
  const struct {
    std::string what, notation, why;
  } cases[] = {
      {"a code of 5", "00 53 44 c0 03 01 50 05", "code is none of 0 to 4"},
      {"no code", "00 53 44 45", "code is missing"},
      {"a code that is a uint", "00 53 44 c0 03 01 52 00", "code is of type uint instead of ubyte"},
      {"an init", "00 53 41 c0 08 01 a3 05 'PLAIN'", "it is sasl-init instead"},
      {"a challenge without one", "00 53 42 45", "challenge is missing"},
      {"an open", "00 53 10 c0 04 01 a1 01 'x'", "it is open instead"},
  };
  for (const auto& c : cases) {
    const std::string body = bytes(c.notation);
    const Result<SaslChallengeOrOutcome> frame = parse_sasl_challenge_or_outcome(body);
    ASSERT_FALSE(frame) << c.what;
    EXPECT_THAT(frame.error().message, HasSubstr(c.why)) << c.what;
  }
}

}  // namespace
}  // namespace doorward::wire
