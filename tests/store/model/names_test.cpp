#include "store/model/names.hpp"

#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using ::testing::HasSubstr;
using ::testing::Not;

std::string times(std::size_t count, std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

struct NameCase {
  const char* behaviour;
  std::string text;
  bool accepted;
};

TEST(Realm, is_letters_digits_dots_and_hyphens_between_letters_or_digits) {
  const NameCase cases[] = {
      {"one letter", "a", true},
      {"one digit", "7", true},
      {"what EnMasse computes", "default-shop", true},
      {"a host name", "shop.example.com", true},
      {"dots and hyphens side by side", "a.-.b", true},
      {"253 bytes", std::string(253, 'a'), true},
      {"254 bytes", std::string(254, 'a'), false},
      {"nothing", "", false},
      {"a capital letter", "Shop", false},
      {"an underscore", "a_b", false},
      {"a hyphen first", "-a", false},
      {"a hyphen last", "a-", false},
      {"a dot first", ".a", false},
      {"a dot last", "a.", false},
      {"a space", "a b", false},
      {"a NUL", "a\0b"s, false},
      {"a line break last", "a\n", false},
      {"UTF-8", "caf\u00e9", false},
  };
  for (const NameCase& c : cases) {
    const auto realm = Realm::parse(c.text);
    EXPECT_EQ(realm.has_value(), c.accepted) << c.behaviour;
    if (realm) {
      EXPECT_EQ(realm->text(), c.text) << c.behaviour;
    } else {
      EXPECT_EQ(realm.error().code, ErrorCode::invalid) << c.behaviour;
    }
  }
}

TEST(Realm, of_an_address_space_is_what_enmasse_computes) {
  struct Case {
    const char* behaviour;
    std::string ns;
    std::string name;
    std::string realm;
  };
  const Case cases[] = {
      {"namespace and name with a hyphen between", "default", "shop", "default-shop"},
      {"lower case", "Team", "SHOP", "team-shop"},
      {"what is no letter, digit or hyphen is dropped", "te.am_1", "sh op\u00e9", "team1-shop"},
      {"60 bytes stay", std::string(30, 'a'), std::string(29, 'b'),
       std::string(30, 'a') + "-" + std::string(29, 'b')},
      {"61 bytes are cut", std::string(30, 'a'), std::string(30, 'b'),
       std::string(30, 'a') + "-" + std::string(29, 'b')},
      {"two pairs may share a realm, which the store then refuses", "a-b", "c", "a-b-c"},
      {"a hyphen at the cut becomes 1", std::string(59, 'a'), "b", std::string(59, 'a') + "1"},
      {"hyphens at both ends become 1", "", "", "1"},
  };
  for (const Case& c : cases) {
    const auto realm = Realm::of_address_space(c.ns, c.name);
    ASSERT_TRUE(realm.has_value()) << c.behaviour;
    EXPECT_EQ(realm->text(), c.realm) << c.behaviour;
  }
}

// The pattern as EnMasse publishes it, run by the standard library: the judge of the hand-written match.
bool matches_the_published_pattern(const std::string& text) {
  static const std::regex pattern("^[a-z0-9]+([a-z0-9_@.:\\-]*[a-z0-9]+|[a-z0-9]*)$");
  return std::regex_match(text, pattern);
}

TEST(Username, agrees_with_the_published_pattern_on_every_text_of_four_letters_of_its_alphabet) {
  const std::string letters = "a0_@.:-A \xc3";
  std::vector<std::string> texts = {""};
  for (std::size_t from = 0, length = 0; length < 4; ++length) {
    const std::size_t end = texts.size();
    for (; from < end; ++from) {
      for (const char letter : letters) texts.push_back(texts[from] + letter);
    }
  }
  ASSERT_EQ(texts.size(), 11'111U);
  for (const std::string& text : texts) {
    EXPECT_EQ(Username::parse(text).has_value(), matches_the_published_pattern(text)) << quoted(text);
  }
}

TEST(Username, has_256_bytes_at_most) {
  EXPECT_TRUE(Username::parse(std::string(256, 'a')).has_value());
  EXPECT_FALSE(Username::parse(std::string(257, 'a')).has_value());
  EXPECT_TRUE(Username::parse("a" + std::string(254, '-') + "b").has_value());
  EXPECT_FALSE(Username::parse("a" + std::string(255, '-')).has_value());
  EXPECT_TRUE(Username::parse("system:serviceaccount:default:shop").has_value());
}

TEST(Username, takes_a_text_on_which_the_pattern_backtracks_without_end) {
  // Exponential in a regex engine; with a megabyte this test would not end if the match were not linear.
  EXPECT_FALSE(Username::parse(times(500'000, "a-") + "!").has_value());
}

TEST(Names, say_what_is_allowed_and_quote_what_was_given) {
  EXPECT_THAT(Realm::parse("a\nb").error().message, HasSubstr(R"("a\x0ab")"));
  EXPECT_THAT(Realm::parse("").error().message, HasSubstr("1 to 253"));
  EXPECT_THAT(Username::parse("-").error().message, HasSubstr("1 to 256"));
  EXPECT_LT(Username::parse(std::string(100'000, 'a')).error().message.size(), 300U);
}

TEST(DnsLabel, follows_kubernetes) {
  const NameCase cases[] = {
      {"one letter", "a", true},
      {"one digit", "1", true},
      {"hyphens within", "a--b", true},
      {"63 bytes", std::string(63, 'a'), true},
      {"64 bytes", std::string(64, 'a'), false},
      {"nothing", "", false},
      {"a dot", "a.b", false},
      {"a hyphen first", "-a", false},
      {"a hyphen last", "a-", false},
      {"a capital letter", "A", false},
      {"an underscore", "a_b", false},
  };
  for (const NameCase& c : cases) EXPECT_EQ(is_dns_label(c.text), c.accepted) << c.behaviour;
}

TEST(DnsSubdomain, is_labels_with_dots_between) {
  const NameCase cases[] = {
      {"one label", "a", true},
      {"two labels", "shop.alice", true},
      {"hyphens within labels", "a-b.c-d", true},
      {"253 bytes", times(126, "a.") + "a", true},
      {"254 bytes", times(126, "a.") + "aa", false},
      {"a label of 64 bytes, which Kubernetes takes", std::string(64, 'a') + ".b", true},
      {"nothing", "", false},
      {"two dots side by side", "a..b", false},
      {"a hyphen before a dot", "a-.b", false},
      {"a hyphen after a dot", "a.-b", false},
      {"a dot first", ".a", false},
      {"a dot last", "a.", false},
      {"a capital letter", "a.B", false},
  };
  for (const NameCase& c : cases) EXPECT_EQ(is_dns_subdomain(c.text), c.accepted) << c.behaviour;
}

TEST(AddressSpaceName, is_a_label_that_begins_with_a_letter_and_has_no_dot) {
  const NameCase cases[] = {
      {"one letter", "a", true},
      {"letters, digits, hyphens", "my-space-2", true},
      {"63 bytes", std::string(63, 'a'), true},
      {"64 bytes", std::string(64, 'a'), false},
      {"a digit first", "1a", false},
      {"a dot", "a.b", false},
      {"a hyphen last", "a-", false},
      {"nothing", "", false},
  };
  for (const NameCase& c : cases) EXPECT_EQ(is_address_space_name(c.text), c.accepted) << c.behaviour;
}

TEST(Utf8, is_well_formed_as_rfc_3629_says) {
  const NameCase cases[] = {
      {"nothing", "", true},
      {"ASCII with NUL and DEL", "a\0\x7f"s, true},
      {"U+0080, the first of two bytes", "\xc2\x80", true},
      {"U+07FF, the last of two bytes", "\xdf\xbf", true},
      {"U+0800, the first of three bytes", "\xe0\xa0\x80", true},
      {"U+D7FF, before the surrogates", "\xed\x9f\xbf", true},
      {"U+E000, behind the surrogates", "\xee\x80\x80", true},
      {"U+FFFF, the last of three bytes", "\xef\xbf\xbf", true},
      {"U+10000, the first of four bytes", "\xf0\x90\x80\x80", true},
      {"U+10FFFF, the last one", "\xf4\x8f\xbf\xbf", true},
      {"a continuation alone", "\x80", false},
      {"an overlong NUL", "\xc0\x80", false},
      {"an overlong slash", "\xc1\xaf", false},
      {"U+07FF in three bytes", "\xe0\x9f\xbf", false},
      {"the first surrogate", "\xed\xa0\x80", false},
      {"the last surrogate", "\xed\xbf\xbf", false},
      {"U+FFFF in four bytes", "\xf0\x8f\xbf\xbf", false},
      {"U+110000", "\xf4\x90\x80\x80", false},
      {"a lead of five bytes", "\xf8\x88\x80\x80\x80", false},
      {"FF", "\xff", false},
      {"two bytes cut", "\xc2", false},
      {"three bytes cut", "\xe2\x82", false},
      {"four bytes cut", "\xf0\x9f\x98", false},
      {"a letter in place of a continuation", "\xe2\x82z", false},
      {"good before bad", "abc\xe2\x82\xac\xff", false},
  };
  for (const NameCase& c : cases) EXPECT_EQ(is_utf8(c.text), c.accepted) << c.behaviour;
}

TEST(Quoted, is_one_safe_line_whatever_was_sent) {
  struct Case {
    const char* behaviour;
    std::string_view text;
    std::string_view shown;
  };
  const Case cases[] = {
      {"nothing", "", R"("")"},
      {"plain text", "alice", R"("alice")"},
      {"quotes and backslashes are escaped", R"(a"b\c)", R"("a\"b\\c")"},
      {"a line break cannot forge a log line", "a\nb\r", R"("a\x0ab\x0d")"},
      {"a NUL, a DEL and an escape", "\0\x7f\x1b"sv, R"("\x00\x7f\x1b")"},
      {"UTF-8 stays", "caf\xc3\xa9 \xf0\x9f\x98\x80", "\"caf\xc3\xa9 \xf0\x9f\x98\x80\""},
      {"a control character of two bytes", "\xc2\x9b", R"("\xc2\x9b")"},
      {"U+00A0, the first that is none", "\xc2\xa0", "\"\xc2\xa0\""},
      {"a mark that turns the direction of writing", "\xe2\x80\xae", R"("\xe2\x80\xae")"},
      {"a line separator", "\xe2\x80\xa8", R"("\xe2\x80\xa8")"},
      {"U+00AC, before the soft hyphen", "\xc2\xac", "\"\xc2\xac\""},
      {"a soft hyphen", "\xc2\xad", R"("\xc2\xad")"},
      {"U+00AE, behind it", "\xc2\xae", "\"\xc2\xae\""},
      {"the Arabic letter mark, U+061C", "\xd8\x9c", R"("\xd8\x9c")"},
      {"U+061B, before it", "\xd8\x9b", "\"\xd8\x9b\""},
      {"U+FFF9, an annotation anchor", "\xef\xbf\xb9", R"("\xef\xbf\xb9")"},
      {"U+FFFB, an annotation terminator", "\xef\xbf\xbb", R"("\xef\xbf\xbb")"},
      {"U+FFFD, the replacement character", "\xef\xbf\xbd", "\"\xef\xbf\xbd\""},
      {"U+DFFFF, before the tags", "\xf3\x9f\xbf\xbf", "\"\xf3\x9f\xbf\xbf\""},
      {"U+E0000, the first of the tags", "\xf3\xa0\x80\x80", R"("\xf3\xa0\x80\x80")"},
      {"U+E007F, the last tag", "\xf3\xa0\x81\xbf", R"("\xf3\xa0\x81\xbf")"},
      {"U+E1000, behind them", "\xf3\xa1\x80\x80", "\"\xf3\xa1\x80\x80\""},
      {"bad UTF-8, byte by byte", "a\xff\xe2\x82z", R"("a\xff\xe2\x82z")"},
  };
  for (const Case& c : cases) EXPECT_EQ(quoted(c.text), c.shown) << c.behaviour;
}

TEST(Quoted, is_cut_between_characters_and_says_how_long_it_was) {
  EXPECT_EQ(quoted(std::string(64, 'x')), "\"" + std::string(64, 'x') + "\"");
  EXPECT_EQ(quoted(std::string(65, 'x')), "\"" + std::string(64, 'x') + "\"... (65 bytes)");
  EXPECT_EQ(quoted("ab\xc3\xa9", 4), "\"ab\xc3\xa9\"");
  EXPECT_EQ(quoted("ab\xc3\xa9", 3), "\"ab\"... (4 bytes)");
  EXPECT_EQ(quoted("abc", 0), "\"\"... (3 bytes)");
}

}  // namespace
}  // namespace doorward
