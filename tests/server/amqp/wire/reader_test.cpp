#include "server/amqp/wire/reader.hpp"

#include "server/amqp/wire/check.hpp"
#include "tests/server/amqp/wire/notation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::wire {
namespace {

using testing::HasSubstr;

struct Encoding {
  std::string what, notation;
  Type type;
  std::string content;
};

// One row for each format code of AMQP 1.0 part 1, section 1.6.
const Encoding encodings[] = {
    {"null", "40", Type::null, ""},
    {"true", "41", Type::boolean, "01"},
    {"false", "42", Type::boolean, ""},
    {"boolean of one byte", "56 01", Type::boolean, "01"},
    {"ubyte", "50 ff", Type::ubyte, "ff"},
    {"ushort", "60 01 02", Type::ushort, "01 02"},
    {"uint", "70 01 02 03 04", Type::uint, "01 02 03 04"},
    {"smalluint", "52 09", Type::uint, "09"},
    {"uint0", "43", Type::uint, ""},
    {"ulong", "80 01 02 03 04 05 06 07 08", Type::ulong, "01 02 03 04 05 06 07 08"},
    {"smallulong", "53 10", Type::ulong, "10"},
    {"ulong0", "44", Type::ulong, ""},
    {"byte", "51 ff", Type::signed_integer, "ff"},
    {"short", "61 ff fe", Type::signed_integer, "ff fe"},
    {"int", "71 ff ff ff fe", Type::signed_integer, "ff ff ff fe"},
    {"smallint", "54 fe", Type::signed_integer, "fe"},
    {"long", "81 00 00 00 00 00 00 00 02", Type::signed_integer, "00 00 00 00 00 00 00 02"},
    {"smalllong", "55 fe", Type::signed_integer, "fe"},
    {"float", "72 3f 80 00 00", Type::floating, "3f 80 00 00"},
    {"double", "82 3f f0 00 00 00 00 00 00", Type::floating, "3f f0 00 00 00 00 00 00"},
    {"decimal32", "74 00 00 00 01", Type::floating, "00 00 00 01"},
    {"decimal64", "84 00 00 00 00 00 00 00 01", Type::floating, "00 00 00 00 00 00 00 01"},
    {"decimal128", "94 '0123456789abcdef'", Type::floating, "'0123456789abcdef'"},
    {"char", "73 00 01 f6 00", Type::character, "00 01 f6 00"},
    {"timestamp", "83 00 00 01 31 1c bf ec 4c", Type::timestamp, "00 00 01 31 1c bf ec 4c"},
    {"uuid", "98 'fedcba9876543210'", Type::uuid, "'fedcba9876543210'"},
    {"vbin8", "a0 02 00 ff", Type::binary, "00 ff"},
    {"vbin32", "b0 00 00 00 02 00 ff", Type::binary, "00 ff"},
    {"str8", "a1 03 'a' c3 a4", Type::string, "'a' c3 a4"},
    {"str32", "b1 00 00 00 03 'a' c3 a4", Type::string, "'a' c3 a4"},
    {"sym8", "a3 05 'PLAIN'", Type::symbol, "'PLAIN'"},
    {"sym32", "b3 00 00 00 05 'PLAIN'", Type::symbol, "'PLAIN'"},
    {"empty string", "a1 00", Type::string, ""},
    {"list0", "45", Type::list, ""},
    {"list8", "c0 03 02 41 40", Type::list, "41 40"},
    {"list32", "d0 00 00 00 06 00 00 00 02 41 40", Type::list, "41 40"},
    {"map8", "c1 06 02 a1 01 'k' 52 01", Type::map, "a1 01 'k' 52 01"},
    {"map32", "d1 00 00 00 09 00 00 00 02 a1 01 'k' 52 01", Type::map, "a1 01 'k' 52 01"},
    {"empty map", "c1 01 00", Type::map, ""},
    {"array8", "e0 06 02 a3 01 'a' 01 'b'", Type::array, "a3 01 'a' 01 'b'"},
    {"array32", "f0 00 00 00 09 00 00 00 02 a3 01 'a' 01 'b'", Type::array, "a3 01 'a' 01 'b'"},
    {"array without elements", "e0 02 00 a3", Type::array, "a3"},
    {"array of lists", "e0 08 02 c0 03 02 41 42 01 00", Type::array, "c0 03 02 41 42 01 00"},
    {"array of arrays", "e0 07 01 e0 04 02 50 07 08", Type::array, "e0 04 02 50 07 08"},
    {"array of described values", "e0 08 02 00 a3 01 'd' 50 07 08", Type::array, "00 a3 01 'd' 50 07 08"},
    {"described value", "00 53 10 45", Type::described, "53 10 45"},
    {"described value in a described list", "00 53 10 c0 05 01 00 53 11 45", Type::described,
     "53 10 c0 05 01 00 53 11 45"},
};

TEST(Reader, ReadsEveryEncodingOfTheSpecification) {
  for (const Encoding& c : encodings) {
    const std::string value = bytes(c.notation);
    EXPECT_TRUE(check_values(value, 1)) << c.what;
    Reader reader(value);
    const Result<Value> read = reader.next();
    ASSERT_TRUE(read) << c.what << ": " << read.error().message;
    EXPECT_EQ(read->type, c.type) << c.what;
    EXPECT_EQ(read->bytes, bytes(c.content)) << c.what;
    EXPECT_TRUE(reader.at_end()) << c.what;
  }
}

TEST(Reader, RefusesEveryEncodingThatIsCutAtAnyByte) {
  for (const Encoding& c : encodings) {
    const std::string value = bytes(c.notation);
    for (std::size_t length = 0; length < value.size(); ++length) {
      // A buffer of its own, so that a sanitizer sees a look behind its end.
      const std::string cut = value.substr(0, length);
      EXPECT_FALSE(check_values(cut, 1)) << c.what << " cut at " << length;
    }
  }
}

TEST(Reader, RefusesEveryEncodingWithAByteBehindIt) {
  for (const Encoding& c : encodings) EXPECT_FALSE(check_values(bytes(c.notation) + '\x40', 1)) << c.what;
}

TEST(Reader, GivesTheNumberOfUnsignedIntegersAndBooleansOfAnyWidth) {
  const struct {
    std::string notation;
    std::uint64_t number;
  } cases[] = {
      {"41", 1},      {"42", 0},         {"56 01", 1},
      {"50 ff", 255}, {"60 01 02", 258}, {"70 ff ff ff ff", 4'294'967'295},
      {"52 09", 9},   {"43", 0},         {"80 ff ff ff ff ff ff ff ff", UINT64_MAX},
      {"53 ff", 255}, {"44", 0},
  };
  for (const auto& c : cases) {
    const std::string value = bytes(c.notation);
    EXPECT_EQ(Reader(value).next()->number(), c.number) << c.notation;
  }
}

TEST(Reader, WalksIntoListsMapsArraysAndDescribedValues) {
  for (const std::string notation : {"c0 07 02 a3 01 'a' a3 01 'b'", "c1 07 02 a3 01 'a' a3 01 'b'",
                                     "e0 06 02 a3 01 'a' 01 'b'", "00 a3 01 'a' a3 01 'b'"}) {
    const std::string value = bytes(notation);
    Result<Reader> children = Reader::into(*Reader(value).next());
    ASSERT_TRUE(children) << notation;
    EXPECT_EQ(children->next()->bytes, "a") << notation;
    EXPECT_FALSE(children->at_end()) << notation;
    EXPECT_EQ(children->next()->bytes, "b") << notation;
    EXPECT_TRUE(children->at_end()) << notation;
    EXPECT_FALSE(children->next()) << notation;
  }
}

TEST(Reader, TellsTheDescriptorThatTheElementsOfAnArrayShare) {
  const std::string value = bytes("e0 08 02 00 a3 01 'd' 50 07 08");
  Result<Reader> elements = Reader::into(*Reader(value).next());
  ASSERT_TRUE(elements && elements->descriptor());
  EXPECT_EQ(elements->descriptor()->bytes, "d");
  EXPECT_EQ(elements->next()->number(), 7u);
}

TEST(Reader, RefusesWhatIsMalformed) {
  const struct {
    std::string what, notation, why;
  } cases[] = {
      {"an unknown code", "3f", "type code is unknown"},
      {"an unknown code of variable width", "a2 01 'a'", "type code is unknown"},
      {"an unknown code of a described value", "00 53 10 d2", "type code is unknown"},
      {"an unknown code in an array", "e0 02 00 a2", "type code of an array's elements is unknown"},
      {"a string of 4 GiB", "b1 ff ff ff ff 'abc'", "longer than what holds it"},
      {"a list of 4 GiB", "d0 ff ff ff ff 00 00 00 00", "longer than what holds it"},
      {"a list without room for its count", "d0 00 00 00 03 00 00 00", "no room for the count"},
      {"a list8 without room for its count", "c0 00", "no room for the count"},
      {"a made-up count in a list8", "c0 02 ff 40", "longer than what holds it"},
      {"a made-up count in a list32", "d0 00 00 00 05 ff ff ff ff 40", "longer than what holds it"},
      {"a made-up count in a map", "d1 00 00 00 06 ff ff ff fe 40 40", "longer than what holds it"},
      {"a made-up count in an array", "f0 00 00 00 06 ff ff ff ff 50 01", "longer than what holds it"},
      {"a made-up count of nulls in an array", "f0 00 00 00 05 ff ff ff ff 40", "have no bytes"},
      {"a made-up count of empty lists in an array", "f0 00 00 00 05 ff ff ff ff 45", "have no bytes"},
      {"a count too small in a list", "c0 03 01 40 40", "bytes are left"},
      {"a count too small in an array", "e0 04 01 50 01 02", "bytes are left"},
      {"a child that overruns its list", "c0 05 02 40 a1 05 'abc' 40 40 40", "longer than what holds it"},
      {"a child that ends with its list and overruns its own list", "c0 06 01 c0 05 01 a1 02 'a'",
       "longer than what holds it"},
      {"an element that overruns its array", "e0 04 01 a1 05 'a'", "longer than what holds it"},
      {"a list in a list whose size reaches behind it", "c0 04 01 c0 07 01 'abcdef'",
       "longer than what holds it"},
      {"a key without a value", "c1 04 01 a1 01 'k'", "key without a value"},
      {"an array without a constructor", "e0 01 00", "no constructor"},
      {"an array with nothing but a descriptor", "e0 04 00 00 53 10", "longer than what holds it"},
      {"a described descriptor", "00 00 53 10 40 45", "descriptor is not a scalar"},
      {"a list for a descriptor", "00 c0 01 00 45", "descriptor is not a scalar"},
      {"an empty list for a descriptor", "00 45 45", "descriptor is not a scalar"},
      {"a described descriptor of an array", "e0 07 00 00 00 53 10 40 45", "descriptor is not a scalar"},
      {"a value that is described twice", "00 53 10 00 53 11 45", "described twice"},
      {"an array whose elements are described twice", "e0 08 01 00 53 10 00 53 11 45", "described twice"},
      {"a string that is not UTF-8", "a1 02 c3 28", "not UTF-8"},
      {"a string with an overlong form", "a1 02 c0 80", "not UTF-8"},
      {"a symbol that is not ASCII", "a3 02 c3 a4", "not ASCII"},
      {"a boolean of 2", "56 02", "neither 0 nor 1"},
      {"a char beyond Unicode", "73 00 11 00 00", "no Unicode character"},
      {"a surrogate", "73 00 00 d8 00", "no Unicode character"},
      {"bad UTF-8 deep inside", "c0 0a 01 c1 07 02 a3 01 'k' a1 01 ff", "not UTF-8"},
      {"bad UTF-8 in the descriptor of an array", "e0 06 00 00 a1 01 ff 45", "not UTF-8"},
      {"bad UTF-8 in an array of strings", "e0 06 02 a1 01 'a' 01 ff", "not UTF-8"},
  };
  for (const auto& c : cases) {
    const Result<> checked = check_values(bytes(c.notation), 1);
    ASSERT_FALSE(checked) << c.what;
    EXPECT_EQ(checked.error().code, ErrorCode::invalid) << c.what;
    EXPECT_THAT(checked.error().message, HasSubstr(c.why)) << c.what;
  }
}

std::string nested(std::size_t depth, std::string (*wrap)(const std::string&)) {
  std::string value = "\x40";
  for (std::size_t i = 0; i < depth; ++i) value = wrap(value);
  return value;
}

TEST(Reader, AcceptsAsManyLevelsAsItsBoundAndNoMore) {
  const struct {
    std::string what;
    std::string (*wrap)(const std::string&);
    std::size_t levels = 1;
  } cases[] = {
      {"lists", [](const std::string& inner) { return wide(0xd0, 1, inner); }},
      {"maps", [](const std::string& inner) { return wide(0xd1, 2, "\x40" + inner); }},
      {"described lists, which are two levels each",
       [](const std::string& inner) { return bytes("00 53 10") + wide(0xd0, 1, inner); }, 2},
      {"arrays of one", [](const std::string& inner) { return wide(0xf0, 1, inner); }},
  };
  for (const auto& c : cases) {
    EXPECT_TRUE(check_values(nested(max_depth / c.levels, c.wrap), 1)) << c.what;
    const Result<> checked = check_values(nested(max_depth / c.levels + 1, c.wrap), 1);
    ASSERT_FALSE(checked) << c.what;
    EXPECT_THAT(checked.error().message, HasSubstr("too deeply")) << c.what;
  }
}

TEST(Reader, RefusesAFrameFullOfOpeningsWithoutASecondLook) {
  for (const std::string opening : {"00", "c0 ff 01", "e0 ff 01 00", "d0 00 00 3f ff 00 00 00 01"}) {
    std::string value;
    while (value.size() < 16'000) value += bytes(opening);
    EXPECT_FALSE(check_values(value, 1)) << opening;
  }
}

TEST(Reader, AcceptsElementsWithoutBytesUpToItsBound) {
  EXPECT_TRUE(check_values(wide(0xf0, max_elements_without_bytes, "\x40"), 1));
  EXPECT_FALSE(check_values(wide(0xf0, max_elements_without_bytes + 1, "\x40"), 1));
}

}  // namespace
}  // namespace doorward::wire
