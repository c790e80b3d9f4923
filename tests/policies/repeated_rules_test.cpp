// What the record of a login keeps of a user's rules.
#include "policies/repeated_rules.hpp"

#include "policies/authorization.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using ::testing::IsEmpty;

TEST(WithoutRepeats, keeps_what_each_rule_gives_beyond_those_before_in_its_place) {
  const std::vector<AddressRule> rules = {
      {.addresses = {"a", "b", "a"}, .operations = {.send = true}},
      {.addresses = {"b"}, .operations = {.send = true}},
      {.addresses = {"a", "c"}, .operations = {.recv = true}},
      {.addresses = {"x", "y"}, .operations = {.view = true}},
      {.addresses = {"a", "b"}, .operations = {.send = true, .recv = true}},
      {.addresses = {"a", "b", "c"}, .operations = {.recv = true, .view = true}},
      {.addresses = {}, .operations = {.manage = true}},
      {.addresses = {"b"}, .operations = {.send = true, .manage = true}},
  };
  const std::vector<AddressRule> merged = {
      {.addresses = {"a", "b"}, .operations = {.send = true}},
      {.addresses = {}, .operations = {.send = true}},
      {.addresses = {"a", "c"}, .operations = {.recv = true}},
      {.addresses = {}, .operations = {.view = true}},
      {.addresses = {"b"}, .operations = {.send = true, .recv = true}},
      {.addresses = {}, .operations = {.recv = true, .view = true}},
      {.addresses = {}, .operations = {.manage = true}},
  };
  EXPECT_EQ(without_repeats(rules), merged);
  EXPECT_EQ(authorize(merged), authorize(rules));
  EXPECT_EQ(without_repeats(merged), merged);
}

TEST(WithoutRepeats, keeps_one_rule_that_gives_nothing_and_none_of_none) {
  const std::vector<AddressRule> rules(3);
  EXPECT_EQ(without_repeats(rules), std::vector<AddressRule>(1));
  EXPECT_THAT(without_repeats({}), IsEmpty());
}

TEST(WithoutRepeats, makes_of_60000_repeats_as_much_as_of_one) {
  const AddressRule one{.addresses = {"orders"}, .operations = {.send = true}};
  const AddressRule repeated{.addresses = std::vector<std::string>(60'000, "orders"),
                             .operations = one.operations};
  EXPECT_EQ(without_repeats(std::vector{repeated, repeated, repeated}), std::vector{one});
  EXPECT_EQ(without_repeats(std::vector(60'000, one)), std::vector{one});
}

}  // namespace
}  // namespace doorward
