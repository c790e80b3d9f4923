// How delegates read an entry of `address-authz`. The broker is held against its own way of doing it: Artemis
// turns an entry into a regular expression, which is rebuilt here.
#include "policies/delegates.hpp"

#include "policies/addresses.hpp"

#include <random>
#include <regex>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

struct Read {
  std::string_view pattern;
  std::string_view address;
  bool by_router;
  bool by_broker;
};

TEST(Delegates, read_entries_as_documented) {
  const Read cases[] = {
      // exact addresses
      {"a", "a", true, true},
      {"a", "b", false, false},
      {"a", "aa", false, false},
      {"a", "", false, false},
      {"a/b", "a/b", true, true},
      {"a.b", "axb", false, false},
      {"Queue", "queue", false, false},
      // a star alone is everything
      {"*", "a", true, true},
      {"*", "a/b/c", true, true},
      {"*", "*", true, true},
      // a star behind a slash: a broker reads any words, also none
      {"queue/*", "queue/a", true, true},
      {"queue/*", "queue/a/b", true, true},
      {"queue/*", "queue", false, true},
      {"queue/*", "queues", false, false},
      {"queue/*", "queue/", true, false},
      // a star behind anything else
      {"topic*", "topic", true, true},
      {"topic*", "topics", true, false},
      {"topic*", "topic/a", true, true},
      {"prefix.1.*", "prefix.1.x", true, false},
      // a star that is not last
      {"a/*/b", "a/x/b", false, true},
      {"a/*/b", "a/x/y/b", false, true},
      {"a/*/b", "a/b", false, true},
      {"a/*/b", "a/*/b", true, true},
      {"a/*/b", "a/x/c", false, false},
      {"*/b", "b", false, true},
      {"*/b", "x/y/b", false, true},
      {"*/b", "xb", false, false},
      {"a**", "a*x", true, false},
      // hash: literal to a router, any words to a broker
      {"#", "a/b", false, true},
      {"#", "#", true, true},
      {"a/#", "a/#", true, true},
      {"a/#", "a", false, true},
      {"a/#", "a/b/c", false, true},
      {"a/#", "ab", false, false},
      // plus: literal to a router, one word to a broker
      {"+", "a", false, true},
      {"+", "a/b", false, false},
      {"+", "+", true, true},
      {"a/+/c", "a/b/c", false, true},
      {"a/+/c", "a/c", false, false},
      {"a/+/c", "a/b/b/c", false, false},
      {"a/+", "a/", false, false},
      {"+/#", "a", false, true},
      {"+/#", "a/b/c", false, true},
  };
  for (const Read& c : cases) {
    EXPECT_EQ(matches(Delegate::router, c.pattern, c.address), c.by_router)
        << "router: " << c.pattern << " for " << c.address;
    EXPECT_EQ(matches(Delegate::broker, c.pattern, c.address), c.by_broker)
        << "broker: " << c.pattern << " for " << c.address;
  }
}

// What Artemis' Match does to an entry whose only `#`, if any, is its last character (it takes no other); `/`
// is the delimiter, and a `*` has become `#`.
std::regex artemis_pattern(std::string pattern) {
  std::ranges::replace(pattern, '*', '#');
  if (pattern == "#") return std::regex(".*");
  std::string regex;
  for (const char c : pattern) {
    if (c == '#' && regex.ends_with('/')) regex.pop_back();
    regex += c == '#' ? "(/.+)*" : c == '+' ? "[^/]+" : std::string(1, c);
  }
  return std::regex(regex);
}

TEST(Delegates, a_broker_reads_random_entries_as_the_pattern_that_artemis_makes_of_them) {
  std::mt19937 random(20'240'607);
  const auto text = [&](std::string_view alphabet, std::size_t min, std::size_t max) {
    std::string result(std::uniform_int_distribution(min, max)(random), ' ');
    for (char& c : result)
      c = alphabet[std::uniform_int_distribution<std::size_t>(0, alphabet.size() - 1)(random)];
    return result;
  };
  int allowed = 0;
  for (int i = 0; i < 3'000; ++i) {
    const std::string pattern = text("ab/+", 1, 5) + text("#*", 0, 1);
    const std::regex reference = artemis_pattern(pattern);
    for (int j = 0; j < 8; ++j) {
      const std::string address = text("ab/", 1, 7);
      const bool expected = std::regex_match(address, reference);
      ASSERT_EQ(matches(Delegate::broker, pattern, address), expected) << pattern << " for " << address;
      allowed += expected;
    }
  }
  EXPECT_GT(allowed, 500) << "too few random addresses match for the comparison to say something";
}

TEST(Delegates, a_router_reads_random_entries_as_exact_or_prefix) {
  std::mt19937 random(7);
  for (int i = 0; i < 5'000; ++i) {
    std::string pattern;
    std::string address;
    for (int j = 0; j < 4; ++j) {
      pattern += "a/*#"[random() % 4];
      address += "a/*#"[random() % 4];
    }
    const bool expected = std::regex_match(pattern, std::regex(".*\\*"))
                              ? address.compare(0, pattern.size() - 1, pattern, 0, pattern.size() - 1) == 0
                              : address == pattern;
    ASSERT_EQ(matches(Delegate::router, pattern, address), expected) << pattern << " for " << address;
  }
}

// A backtracking matcher would need longer than the test may take by far.
TEST(Delegates, read_a_pattern_of_nothing_but_wildcards_in_bounded_time) {
  std::string pattern;
  for (int i = 0; i < 255; ++i) pattern += "#/+a";
  EXPECT_FALSE(matches(Delegate::broker, pattern, std::string(1'023, 'a') + "b"));
}

TEST(Delegates, read_an_address_of_the_longest_kind_to_its_end) {
  std::string words = "a";
  while (words.size() + 2 <= max_address_bytes) words += "/a";
  words.resize(max_address_bytes, 'b');
  const std::string all_but_one = words.substr(0, max_address_bytes - 1);
  std::string pluses = words;
  std::ranges::replace(pluses, 'a', '+');
  for (const std::string_view entry :
       {std::string_view(words), std::string_view("a/#"), std::string_view("*")})
    EXPECT_TRUE(matches(Delegate::broker, entry, words));
  EXPECT_TRUE(matches(Delegate::broker, pluses, words));
  EXPECT_TRUE(matches(Delegate::broker, "+", std::string(max_address_bytes, 'a')));
  EXPECT_FALSE(matches(Delegate::broker, all_but_one, words));
  EXPECT_FALSE(matches(Delegate::broker, words, all_but_one));
  EXPECT_FALSE(matches(Delegate::broker, "#/c", words));
}

TEST(EntryFor, prefers_the_address_itself_to_a_wildcard) {
  const AddressRule rules[] = {{.addresses = {"*", "a", "a*"}, .operations = {.send = true}}};
  const Authorization authorization = authorize(rules);
  EXPECT_EQ(entry_for(authorization, Delegate::router, Operation::send, "a"), "a");
  EXPECT_EQ(entry_for(authorization, Delegate::router, Operation::send, "b"), "*");
  EXPECT_EQ(entry_for(authorization, Delegate::router, Operation::recv, "a"), std::nullopt);
}

TEST(EntryFor, passes_over_an_exact_entry_without_the_operation) {
  const AddressRule rules[] = {{.addresses = {"a"}, .operations = {.recv = true}},
                               {.addresses = {"*"}, .operations = {.send = true}}};
  EXPECT_EQ(entry_for(authorize(rules), Delegate::broker, Operation::send, "a"), "*");
}

TEST(May, asks_the_groups_for_view_and_manage_and_the_addresses_for_the_rest) {
  const AddressRule rules[] = {{.addresses = {"a"}, .operations = {.send = true, .manage = true}}};
  const Authorization authorization = authorize(rules);
  for (const Delegate delegate : all_delegates) {
    EXPECT_TRUE(may(authorization, delegate, Operation::manage, ""));
    EXPECT_FALSE(may(authorization, delegate, Operation::view, "a"));
    EXPECT_TRUE(may(authorization, delegate, Operation::send, "a"));
    EXPECT_FALSE(may(authorization, delegate, Operation::recv, "a"));
  }
}

TEST(May, allows_everything_without_a_limit) {
  for (const Operation operation : {Operation::send, Operation::recv, Operation::view, Operation::manage}) {
    EXPECT_TRUE(may(full_access(), Delegate::router, operation, "any")) << to_string(operation);
  }
}

TEST(OperationNames, are_those_of_the_resource) {
  for (const std::string_view name : {"send", "recv", "view", "manage"}) {
    const auto operation = parse_operation(name);
    ASSERT_TRUE(operation.has_value()) << name;
    EXPECT_EQ(to_string(*operation), name);
  }
  for (const std::string_view name : {"", "Send", "receive", "admin", "send "}) {
    EXPECT_FALSE(parse_operation(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace doorward
