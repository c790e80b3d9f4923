// From a user's rules to the groups and addresses that delegates get.
#include "policies/authorization.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr Permissions send_only{.send = true, .recv = false};
constexpr Permissions recv_only{.send = false, .recv = true};
constexpr Permissions both{.send = true, .recv = true};

TEST(Authorize, limits_a_user_without_rules_to_nothing) {
  const Authorization authorization = authorize({});
  EXPECT_TRUE(authorization.limited);
  EXPECT_THAT(authorization.groups, IsEmpty());
  EXPECT_THAT(authorization.addresses, IsEmpty());
}

TEST(Authorize, joins_what_several_rules_give_at_one_address) {
  const AddressRule rules[] = {
      {.addresses = {"queue/a", "queue/b"}, .operations = {.send = true}},
      {.addresses = {"queue/a"}, .operations = {.recv = true}},
      {.addresses = {"topic*"}, .operations = {.send = true, .recv = true}},
  };
  EXPECT_THAT(authorize(rules).addresses,
              ElementsAre(Pair("queue/a", both), Pair("queue/b", send_only), Pair("topic*", both)));
}

TEST(Authorize, makes_groups_of_manage_and_view_and_ignores_their_addresses) {
  const AddressRule rules[] = {
      {.addresses = {"a"}, .operations = {.view = true}},
      {.addresses = {"b"}, .operations = {.manage = true}},
      {.addresses = {}, .operations = {.manage = true}},
  };
  const Authorization authorization = authorize(rules);
  EXPECT_THAT(authorization.groups, ElementsAre("manage", "monitor"));
  EXPECT_THAT(authorization.addresses, IsEmpty());
}

// An entry without permissions would be read as one with all of them by a router that compares by prefix.
TEST(Authorize, never_lists_an_address_without_an_operation) {
  const AddressRule rules[] = {{.addresses = {"a"}, .operations = {}}};
  EXPECT_THAT(authorize(rules).addresses, IsEmpty());
}

TEST(Authorize, leaves_out_an_address_that_a_delegate_would_misread) {
  const AddressRule rules[] = {{.addresses = {"a,*", "", "${user}", "good"}, .operations = {.recv = true}}};
  EXPECT_THAT(authorize(rules).addresses, ElementsAre(Pair("good", recv_only)));
}

TEST(FullAccess, is_the_group_manage_without_a_limit) {
  EXPECT_EQ(full_access(), (Authorization{.groups = {"manage"}, .limited = false, .addresses = {}}));
}

}  // namespace
}  // namespace doorward
