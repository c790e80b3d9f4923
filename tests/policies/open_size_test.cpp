// How large the reply gets that carries a user's rules.
#include "policies/open_size.hpp"

#include "server/amqp/wire/open.hpp"

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

// The encoder is what counts: its replies for small and large users, and for a container-id at its longest.
TEST(OpenReplyBound, is_never_less_than_the_encoder_writes_and_little_more) {
  const std::string names[] = {"u", std::string(256, 'u')};
  const std::string container_ids[] = {"doorward", std::string(max_container_id_bytes, 'c')};
  for (const auto& [count, bytes_each] : {std::pair(0u, 1u),
                                          {1u, 1u},
                                          {1u, 255u},
                                          {1u, 256u},
                                          {1u, 1'024u},
                                          {12u, 16u},
                                          {13u, 16u},
                                          {300u, 30u},
                                          {1'000u, 300u}}) {
    const Authorization authorization = with_addresses(count, bytes_each);
    for (const std::string& username : names) {
      const std::size_t bound = open_reply_bound(authorization, username);
      for (const std::string& container_id : container_ids) {
        const std::size_t written = encode(wire::OpenReply{.container_id = container_id,
                                                           .username = username,
                                                           .authorization = &authorization,
                                                           .send_addresses = true})
                                        .size();
        EXPECT_LE(written, bound) << count << " addresses of " << bytes_each << " bytes";
        EXPECT_LE(bound, written + 512) << count << " addresses of " << bytes_each << " bytes";
      }
    }
  }
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
