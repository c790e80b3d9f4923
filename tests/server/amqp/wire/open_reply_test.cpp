#include "server/amqp/wire/open.hpp"
#include "tests/server/amqp/wire/notation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

const std::string identity_of_u =
    "a3 16 'authenticated-identity' c1 20 04 a1 03 'sub' a1 01 'u' a1 12 'preferred_username' a1 01 'u' ";

TEST(OpenReply, CarriesIdentityGroupsAndAddressesInTheTypesThatDelegatesRead) {
  Authorization authorization;
  authorization.groups = {"manage"};
  authorization.addresses = {{"q", {.send = true, .recv = true}}, {"r", {.send = false, .recv = true}}};
  const std::string expected_properties = bytes(identity_of_u +
                                                "a3 06 'groups' c0 09 01 a1 06 'manage' "
                                                "a3 0d 'address-authz' c1 1e 04 a1 01 'q' e0 0c 02 a1 04 "
                                                "'send' 04 'recv' a1 01 'r' e0 07 01 a1 04 'recv'");
  const std::string expected =
      bytes("00 53 10 c0 9d 0a a1 02 'id' 40 40 40 40 40 40 e0 10 01 a3 0d 'ADDRESS-AUTHZ' 40 ") +
      narrow(0xc1, 6, expected_properties);
  EXPECT_EQ(encode(OpenReply{"id", "u", &authorization, true}).substr(8), expected);
}

TEST(OpenReply, SendsAnEmptyMapRatherThanNone) {
  const Authorization nothing;
  const std::string properties =
      bytes(identity_of_u + "a3 06 'groups' c0 01 00 a3 0d 'address-authz' c1 01 00");
  EXPECT_THAT(encode(OpenReply{"id", "u", &nothing, true}), HasSubstr(narrow(0xc1, 6, properties)));
}

TEST(OpenReply, LeavesAddressesOutWhereTheyAreNotDesired) {
  Authorization authorization;
  authorization.addresses = {{"q", {.send = true, .recv = false}}};
  const std::string reply = encode(OpenReply{"id", "u", &authorization, false});
  EXPECT_EQ(reply.substr(8), bytes("00 53 10 c0 55 0a a1 02 'id' 40 40 40 40 40 40 40 40 ") +
                                 narrow(0xc1, 4, bytes(identity_of_u + "a3 06 'groups' c0 01 00")));
}

TEST(OpenReply, NeverNamesAnAddressWithoutAPermission) {
  Authorization authorization;
  authorization.addresses = {{"none", {}}, {"some", {.send = true, .recv = false}}};
  const std::string reply = encode(OpenReply{"id", "u", &authorization, true});
  EXPECT_THAT(parse_open_reply(std::string_view(reply).substr(8))->address_authz.value(),
              ElementsAre(Pair("some", ElementsAre("send"))));
}

TEST(OpenReply, GrowsInto32BitFormsAndIsReadBack) {
  Authorization authorization;
  for (int i = 0; i < 1'000; ++i)
    authorization.addresses["queue-" + std::to_string(i)] = {.send = true, .recv = true};
  for (int i = 0; i < 300; ++i) authorization.groups.push_back("group-" + std::to_string(i));
  const std::string user(400, 'u');
  const std::string reply = encode(OpenReply{"id", user, &authorization, true});
  EXPECT_EQ(reply.substr(0, 4), big_endian(reply.size(), 4));
  const Result<Identity> identity = parse_open_reply(std::string_view(reply).substr(8));
  ASSERT_TRUE(identity) << identity.error().message;
  EXPECT_EQ(identity->sub, user);
  EXPECT_EQ(identity->groups, authorization.groups);
  EXPECT_EQ(identity->address_authz.value().size(), 1'000u);
}

// A delegate without address-authz would set no limit.
TEST(OpenReply, WithoutIdentityGrantsNothing) {
  const std::string reply = encode_open_without_identity("id");
  EXPECT_EQ(reply, bytes("00 00 00 40 02 00 00 00  00 53 10 c0 33 0a a1 02 'id' 40 40 40 40 40 40"
                         "e0 10 01 a3 0d 'ADDRESS-AUTHZ' 40 c1 13 02 a3 0d 'address-authz' c1 01 00"));
  const Result<Identity> identity = parse_open_reply(std::string_view(reply).substr(8));
  ASSERT_TRUE(identity) << identity.error().message;
  EXPECT_EQ(identity->sub, "");
  EXPECT_TRUE(identity->groups.empty());
  EXPECT_TRUE(identity->offers_address_authz);
  EXPECT_TRUE(identity->address_authz.value().empty());
}

// Whoever declares the least that the specification allows can read it.
TEST(OpenReply, WithoutIdentityFitsTheSmallestFrame) {
  EXPECT_LE(encode_open_without_identity(std::string(256, 'c')).size(), min_max_frame_size);
}

std::string reply_with(std::size_t count, const std::string& properties) {
  return bytes("00 53 10") + wide(0xd0, 10,
                                  bytes("a1 01 'c' 40 40 40 40 40 40 a3 0d 'ADDRESS-AUTHZ' 40") +
                                      wide(0xd1, count, bytes(properties)));
}

TEST(OpenReply, IsReadAsADelegateReadsIt) {
  const Result<Identity> identity = parse_open_reply(reply_with(
      8, identity_of_u +
             "a3 06 'groups' c0 09 01 a1 06 'manage' a3 0d 'address-authz' c1 0d 02 a1 01 'r' e0 07 01 a1 04 "
             "'recv' a3 05 'other' 41"));
  ASSERT_TRUE(identity) << identity.error().message;
  EXPECT_EQ(identity->sub, "u");
  EXPECT_EQ(identity->preferred_username, "u");
  EXPECT_THAT(identity->groups, ElementsAre("manage"));
  EXPECT_TRUE(identity->offers_address_authz);
  EXPECT_THAT(identity->address_authz.value(), ElementsAre(Pair("r", ElementsAre("recv"))));
}

TEST(OpenReply, WithoutAddressesIsToldFromOneWithAnEmptyMap) {
  EXPECT_EQ(parse_open_reply(reply_with(2, identity_of_u))->address_authz, std::nullopt);
  EXPECT_THAT(parse_open_reply(reply_with(2, "a3 0d 'address-authz' c1 01 00"))->address_authz.value(),
              IsEmpty());
  EXPECT_FALSE(parse_open_reply(bytes("00 53 10 c0 04 01 a1 01 'c'"))->offers_address_authz);
}

TEST(OpenReply, PassesOverAKeyThatIsNotASymbolAsDelegatesDo) {
  EXPECT_THAT(parse_open_reply(reply_with(2, "a1 06 'groups' c0 09 01 a1 06 'manage'"))->groups, IsEmpty());
}

TEST(OpenReply, ThatADelegateWouldMisreadIsRefused) {
  const struct {
    std::string what, properties, why;
  } cases[] = {
      {"an identity that is a list", "a3 16 'authenticated-identity' 45",
       "authenticated-identity is not a map"},
      {"an identity with symbols for keys", "a3 16 'authenticated-identity' c1 09 02 a3 03 'sub' a1 01 'u'",
       "map of string to string"},
      {"an identity with a symbol for sub", "a3 16 'authenticated-identity' c1 09 02 a1 03 'sub' a3 01 'u'",
       "map of string to string"},
      {"groups in an array", "a3 06 'groups' e0 09 01 a1 06 'manage'", "groups is not a list of string"},
      {"groups that are symbols", "a3 06 'groups' c0 09 01 a3 06 'manage'", "groups is not a list of string"},
      {"addresses in a list", "a3 0d 'address-authz' 45", "address-authz is not a map"},
      {"permissions in a list", "a3 0d 'address-authz' c1 0d 02 a1 01 'r' c0 07 01 a1 04 'recv'",
       "array of string"},
      {"permissions that are symbols", "a3 0d 'address-authz' c1 0d 02 a1 01 'r' e0 07 01 a3 04 'recv'",
       "array of string"},
      {"addresses that are symbols", "a3 0d 'address-authz' c1 0d 02 a3 01 'r' e0 07 01 a1 04 'recv'",
       "array of string"},
  };
  for (const auto& c : cases) {
    const Result<Identity> identity = parse_open_reply(reply_with(2, c.properties));
    ASSERT_FALSE(identity) << c.what;
    EXPECT_THAT(identity.error().message, HasSubstr(c.why)) << c.what;
  }
}

}  // namespace
}  // namespace doorward::wire
