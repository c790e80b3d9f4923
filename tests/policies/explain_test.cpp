// What a person is told about a user's rules, and that it is what delegates will do.
#include "policies/explain.hpp"

#include "policies/repeated_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<AddressRule> rules = {
    {.addresses = {"orders"}, .operations = {.send = true}},
    {.addresses = {"events/*", "topic*"}, .operations = {.recv = true}},
    {.addresses = {"orders"}, .operations = {.send = true, .recv = true}},
    {.addresses = {}, .operations = {.view = true}},
    {.addresses = {"a,b"}, .operations = {.send = true}},
};

struct Asked {
  Operation operation;
  std::string_view address;
  std::optional<std::size_t> router_rule;
  std::optional<std::size_t> broker_rule;
};

TEST(Explain, names_the_first_rule_that_decides_for_each_delegate) {
  const Asked cases[] = {
      {Operation::send, "orders", 0, 0},
      {Operation::recv, "orders", 2, 2},
      {Operation::recv, "events/x", 1, 1},
      {Operation::recv, "events", std::nullopt, 1},
      {Operation::recv, "topics", 1, std::nullopt},
      {Operation::send, "elsewhere", std::nullopt, std::nullopt},
      {Operation::view, "", 3, 3},
      {Operation::manage, "", std::nullopt, std::nullopt},
      {Operation::send, "a,b", std::nullopt, std::nullopt},
  };
  for (const Asked& c : cases) {
    const Explanation explanation = explain(rules, c.operation, c.address);
    EXPECT_EQ(explain(without_repeats(rules), c.operation, c.address).readings, explanation.readings);
    ASSERT_EQ(explanation.readings.size(), 2u);
    const auto& [router, broker] = std::tie(explanation.readings[0], explanation.readings[1]);
    EXPECT_EQ(router.delegate, Delegate::router);
    EXPECT_EQ(broker.delegate, Delegate::broker);
    EXPECT_EQ(router.rule, c.router_rule) << to_string(c.operation) << " " << c.address;
    EXPECT_EQ(broker.rule, c.broker_rule) << to_string(c.operation) << " " << c.address;
    EXPECT_EQ(router.allowed, c.router_rule.has_value());
    EXPECT_EQ(broker.allowed, c.broker_rule.has_value());
    EXPECT_EQ(explanation.allowed(), c.router_rule && c.broker_rule);
    EXPECT_EQ(explanation.delegates_agree(), c.router_rule.has_value() == c.broker_rule.has_value());
  }
}

TEST(Explain, says_what_delegates_will_do_with_the_map_they_get) {
  const Authorization authorization = authorize(rules);
  for (const std::string_view address : {"orders", "events", "events/x", "topic", "topics", "a,b", "b"}) {
    for (const Operation operation : {Operation::send, Operation::recv, Operation::view, Operation::manage}) {
      for (const Reading& reading : explain(rules, operation, address).readings) {
        EXPECT_EQ(reading.allowed, may(authorization, reading.delegate, operation, address)) << address;
      }
    }
  }
}

TEST(Explain, says_in_words_how_each_delegate_reads_the_entry_that_decided) {
  const Explanation events = explain(rules, Operation::recv, "events/x");
  EXPECT_EQ(
      events.readings[0].reason,
      "spec.authorization[1] gives recv at \"events/*\", which a router reads as every address that begins "
      "with \"events/\"");
  EXPECT_EQ(
      events.readings[1].reason,
      "spec.authorization[1] gives recv at \"events/*\", which a broker reads as \"events/#\", where \"/\" "
      "separates words, \"#\" is any words or none");
  EXPECT_THAT(events.warnings, ElementsAre(HasSubstr("a broker reads it as \"events\" itself, too")));
  EXPECT_EQ(explain(rules, Operation::send, "orders").readings[0].reason,
            "spec.authorization[0] gives send at \"orders\", which a router reads as exactly that address");
}

TEST(Explain, says_why_not) {
  EXPECT_EQ(explain(rules, Operation::send, "x").readings[0].reason,
            "no rule gives send at an address that a router reads as \"x\"");
  EXPECT_EQ(explain(rules, Operation::manage, "x").readings[1].reason, "no rule gives manage");
}

TEST(Explain, warns_of_an_entry_that_delegates_read_differently) {
  EXPECT_THAT(explain(rules, Operation::recv, "topics").warnings, ElementsAre(HasSubstr("\"topic*\"")));
}

TEST(Explain, says_that_no_delegate_honours_the_group_that_view_becomes) {
  EXPECT_THAT(explain(rules, Operation::view, "").readings[0].reason, HasSubstr("which no delegate honours"));
}

TEST(RuleWarnings, come_once_each_and_only_for_addresses_that_count) {
  const AddressRule written[] = {
      {.addresses = {"topic*", "queue/*"}, .operations = {.send = true}},
      {.addresses = {"topic*"}, .operations = {.recv = true, .view = true}},
      {.addresses = {"#"}, .operations = {.manage = true}},
  };
  EXPECT_THAT(rule_warnings(written),
              ElementsAre(HasSubstr("\"topic*\""), HasSubstr("\"queue/*\""), HasSubstr("monitor")));
}

}  // namespace
}  // namespace doorward
