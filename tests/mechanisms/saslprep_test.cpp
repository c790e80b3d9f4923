// SASLprep as RFC 4013 shows it, and PostgreSQL's rule for what it refuses.
#include "mechanisms/saslprep.hpp"

#include <gtest/gtest.h>

namespace doorward {
namespace {

struct Case {
  const char* behaviour;
  std::string text;
  std::string prepared;
};

class Saslprep : public testing::TestWithParam<Case> {};

TEST_P(Saslprep, Gives) { EXPECT_EQ(saslprep(GetParam().text), GetParam().prepared); }

INSTANTIATE_TEST_SUITE_P(Rfc4013Section3, Saslprep,
                         testing::Values(Case{"SoftHyphenIsMappedToNothing", "I\xc2\xadX", "IX"},
                                         Case{"PlainTextStays", "user", "user"},
                                         Case{"CaseIsKept", "USER", "USER"},
                                         Case{"FeminineOrdinalBecomesALetter", "\xc2\xaa", "a"},
                                         Case{"RomanNumeralBecomesLetters", "\xe2\x85\xa8", "IX"}),
                         [](const auto& info) { return info.param.behaviour; });

INSTANTIATE_TEST_SUITE_P(Mapping, Saslprep,
                         testing::Values(Case{"NoBreakSpaceBecomesASpace",
                                              "a\xc2\xa0"
                                              "b",
                                              "a b"},
                                         Case{"AComposedLetterStays", "\xc3\xa9", "\xc3\xa9"},
                                         Case{"ADecomposedLetterIsComposed", "e\xcc\x81", "\xc3\xa9"},
                                         Case{"HangulIsComposed", "\xe1\x84\x80\xe1\x85\xa1",
                                              "\xea\xb0\x80"}),
                         [](const auto& info) { return info.param.behaviour; });

using namespace std::string_literals;

INSTANTIATE_TEST_SUITE_P(
    RawBytes, Saslprep,
    testing::Values(Case{"ForControlCharacters", "a\x07", "a\x07"},
                    Case{"ForControlCharactersBesideOthers", "\xc2\xaa\x07", "\xc2\xaa\x07"},
                    Case{"ForBadBidirectionalText", "\xd8\xa7\x31", "\xd8\xa7\x31"},
                    Case{"ForCodePointsThatUnicode3Point2DoesNotAssign", "\xc2\xaa\xf0\x9f\x98\x80",
                         "\xc2\xaa\xf0\x9f\x98\x80"},
                    Case{"ForWhatIsNotUtf8", "\xc2\xaa\xff", "\xc2\xaa\xff"},
                    Case{"ForAnEmptyOutcome", "\xc2\xad", "\xc2\xad"},
                    Case{"ForANul", "\xc2\xaa\0x"s, "\xc2\xaa\0x"s}, Case{"ForNothing", "", ""}),
    [](const auto& info) { return info.param.behaviour; });

std::string repeated(std::string_view text, std::size_t bytes) {
  std::string out;
  while (out.size() + text.size() <= bytes) out += text;
  return out;
}

TEST(SaslprepBound, IsPreparedAtTheBoundAndRawBehindIt) {
  const std::string longest = repeated("\xc2\xaa", max_saslprep_bytes);
  ASSERT_EQ(longest.size(), max_saslprep_bytes);
  EXPECT_EQ(saslprep(longest), std::string(max_saslprep_bytes / 2, 'a'));
  EXPECT_EQ(saslprep(longest + 'x'), longest + 'x');
}

TEST(SaslprepBound, HoldsTheTextThatGrowsMost) {
  // U+FDFA becomes 18 code points in 33 bytes.
  const std::string text = repeated("\xef\xb7\xba", max_saslprep_bytes);
  EXPECT_EQ(saslprep(text).size(), text.size() / 3 * 33);
}

}  // namespace
}  // namespace doorward
