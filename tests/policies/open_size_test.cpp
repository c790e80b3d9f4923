// How large the reply gets that carries a user's rules.
#include "policies/open_size.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Authorization with_addresses(std::size_t count, std::size_t bytes_each) {
  std::vector<std::string> addresses;
  for (std::size_t i = 0; i < count; ++i) {
    std::string address = std::to_string(i);
    addresses.push_back(address + std::string(bytes_each - address.size(), 'a'));
  }
  const AddressRule rules[] = {
      {.addresses = addresses, .operations = {.send = true, .recv = true, .manage = true}}};
  return authorize(rules);
}

TEST(OpenReplyBound, grows_by_what_an_address_takes_on_the_wire) {
  const std::size_t none = open_reply_bound(Authorization{}, "u");
  const auto grown = [&](std::size_t bytes, Permissions permissions) {
    return open_reply_bound({.groups = {}, .addresses = {{std::string(bytes, 'a'), permissions}}}, "u") -
           none;
  };
  EXPECT_EQ(grown(10, {.send = true, .recv = false}), 2 + 10 + 9u);
  EXPECT_EQ(grown(10, {.send = true, .recv = true}), 2 + 10 + 14u);
  EXPECT_EQ(grown(255, {.send = true, .recv = true}), 2 + 255 + 14u);
  EXPECT_EQ(grown(256, {.send = true, .recv = true}), 5 + 256 + 14u);
}

TEST(CheckOpenReply, takes_what_just_fits_and_refuses_a_byte_more_with_both_numbers) {
  const Authorization authorization = with_addresses(20, 30);
  const std::size_t bytes = open_reply_bound(authorization, "user");
  EXPECT_TRUE(check_open_reply(authorization, "user", bytes).has_value());
  const Result<> refused = check_open_reply(authorization, "user", bytes - 1);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr(std::to_string(bytes)),
                                             HasSubstr("limits.openBytes is " + std::to_string(bytes - 1))));
}

TEST(CheckOpenReply, takes_some_hundred_rules_by_default_and_not_a_thousand) {
  EXPECT_TRUE(check_open_reply(with_addresses(300, 30), "user").has_value());
  EXPECT_FALSE(check_open_reply(with_addresses(1'000, 30), "user").has_value());
}

}  // namespace
}  // namespace doorward
