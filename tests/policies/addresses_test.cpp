// Which addresses are refused, accepted, or accepted with a warning (api-resources of the REST side, wire
// traps).
#include "policies/addresses.hpp"

#include "policies/delegates.hpp"

#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Refused {
  std::string_view behaviour;
  std::string address;
  std::string_view says;
};

TEST(Addresses, that_a_delegate_would_misread_are_refused_with_the_reason) {
  const Refused cases[] = {
      {"empty", "", "is empty"},
      {"a byte over the bound", std::string(1'025, 'a'), "has 1025 bytes: use at most 1024"},
      {"comma, which lists everything", "a,*", "holds a comma"},
      {"only a comma", ",", "holds a comma"},
      {"NUL inside", std::string("a\0b", 3), "control character"},
      {"line feed", "a\nb", "control character"},
      {"tab at an end", "a\t", "control character"},
      {"DEL", "a\x7f", "control character"},
      {"C1 control, first", "a\xc2\x80", "control character"},
      {"C1 control, last", "a\xc2\x9f", "control character"},
      {"space in front", " a", "white space at an end"},
      {"space behind", "a ", "white space at an end"},
      {"only a space", " ", "white space at an end"},
      {"variable of the router", "${user}/inbox", "a router would replace"},
      {"unfinished variable", "a/${", "a router would replace"},
      {"lone continuation byte", "a\x80", "is not UTF-8"},
      {"cut sequence", "a\xc2", "is not UTF-8"},
      {"overlong comma", "a\xc0\xac*", "is not UTF-8"},
      {"surrogate", "\xed\xa0\x80", "is not UTF-8"},
  };
  for (const Refused& c : cases) {
    const Result<> checked = check_address(c.address);
    ASSERT_FALSE(checked.has_value()) << c.behaviour;
    EXPECT_EQ(checked.error().code, ErrorCode::invalid) << c.behaviour;
    EXPECT_THAT(checked.error().message, HasSubstr(c.says)) << c.behaviour;
  }
}

TEST(Addresses, of_every_other_shape_are_accepted) {
  const std::string cases[] = {
      "a",
      "*",
      "#",
      "topic*",
      "queue/*",
      "prefix.1.*",
      "a b",
      "$management",
      "{user}",
      "$ {user}",
      "a/b/c.d",
      "a+b",
      "\xc2\xa0",
      "stra\xc3\x9f"
      "e",
      std::string(1'024, 'a'),
  };
  for (const std::string& address : cases) EXPECT_TRUE(check_address(address).has_value()) << address;
}

TEST(Addresses, that_delegates_read_alike_carry_no_warning) {
  for (const std::string_view address : {"*", "exact", "a.b", "a/b"}) {
    EXPECT_THAT(address_warnings(address), IsEmpty()) << address;
  }
}

TEST(Addresses, that_delegates_read_differently_carry_a_warning_for_each_reason) {
  EXPECT_THAT(address_warnings("#"), ElementsAre(HasSubstr("\"#\" as any words")));
  EXPECT_THAT(address_warnings("a/+/b"), ElementsAre(HasSubstr("\"+\" as one word")));
  EXPECT_THAT(address_warnings("a/b/*"),
              ElementsAre("address \"a/b/*\": a broker reads it as \"a/b\" itself, too, and a router only as "
                          "what begins with \"a/b/\""));
  EXPECT_THAT(address_warnings("/*"), ElementsAre(HasSubstr("a router reads it as \"/\" itself, too")));
  EXPECT_THAT(address_warnings("topic*"), ElementsAre(HasSubstr("router reads the \"*\" as any characters")));
  EXPECT_THAT(address_warnings("prefix.1.*"), ElementsAre(HasSubstr("as any characters")));
  EXPECT_THAT(address_warnings("a/*/b"), ElementsAre(HasSubstr("a router only one at the end")));
  EXPECT_THAT(address_warnings("**"), ElementsAre(HasSubstr("a router only one at the end")));
  EXPECT_THAT(address_warnings("+/#/x*"),
              ElementsAre(HasSubstr("\"#\""), HasSubstr("\"+\""), HasSubstr("any characters")));
}

// Whatever two delegates read differently is warned of.
TEST(Addresses, without_a_warning_are_read_alike_by_all_delegates) {
  std::minstd_rand random(7);
  const auto text = [&] {
    std::string made;
    for (auto length = 1 + random() % 5; length > 0; --length) made += "aab/*#+"[random() % 7];
    return made;
  };
  int different = 0;
  for (int i = 0; i < 200'000; ++i) {
    const std::string entry = text(), address = text();
    if (matches(Delegate::router, entry, address) == matches(Delegate::broker, entry, address)) continue;
    ++different;
    ASSERT_THAT(address_warnings(entry), Not(IsEmpty())) << entry << " and " << address;
  }
  EXPECT_GT(different, 1'000);
}

}  // namespace
}  // namespace doorward
