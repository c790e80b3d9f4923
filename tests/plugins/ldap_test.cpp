// What goes from a user name into a query and into an address.
#include "plugins/ldap/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ldap_bridge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(LdapFilter, escapes_whatever_could_mean_something) {
  const std::pair<std::string, std::string> cases[] = {
      {"ann", "ann"},
      {"*", "\\2a"},
      {"a)(uid=*", "a\\29\\28uid=\\2a"},
      {"back\\slash", "back\\5cslash"},
      {std::string("a\0b", 3), "a\\00b"},
      {"\x1f\x7f", "\\1f\\7f"},
      {"m\xc3\xbcller", "m\\c3\\bcller"},
      {"cn=a b,dc=c", "cn=a b,dc=c"},
  };
  for (const auto& [value, escaped] : cases) EXPECT_EQ(escape_filter(value), escaped);
}

TEST(LdapFilter, fills_places_and_looks_through_no_value_for_more) {
  EXPECT_EQ(fill_filter("(&(uid={username})(o={dn})(x={other}))", {{"username", "{dn}"}, {"dn", "a*"}}),
            "(&(uid={dn})(o=a\\2a)(x={other}))");
  EXPECT_EQ(fill_filter("(uid={username", {{"username", "x"}}), "(uid={username");
  EXPECT_EQ(fill_filter("", {}), "");
}

std::vector<Grant> grants() {
  return {{.group = "", .groups = {}, .addresses = {"inbox/{username}"}, .operations = DOORWARD_RECV},
          {.group = "Staff",
           .groups = {"manage"},
           .addresses = {"{group}/*", "all"},
           .operations = DOORWARD_SEND},
          {.group = "silent", .groups = {"quiet"}, .addresses = {"x"}, .operations = 0}};
}

TEST(LdapRights, follow_the_groups) {
  const auto nobody = rights_of(grants(), "ann", {});
  EXPECT_THAT(nobody.groups, IsEmpty());
  ASSERT_EQ(nobody.rules.size(), 1u);
  EXPECT_THAT(nobody.rules[0].addresses, ElementsAre("inbox/ann"));
  EXPECT_EQ(nobody.rules[0].operations, static_cast<std::uint64_t>(DOORWARD_RECV));

  const auto staff = rights_of(grants(), "ann", {"other", "staff", "silent"});
  EXPECT_THAT(staff.groups, ElementsAre("manage", "quiet"));
  ASSERT_EQ(staff.rules.size(), 2u);
  EXPECT_THAT(staff.rules[1].addresses, ElementsAre("Staff/*", "all"));
}

TEST(LdapRights, leave_out_an_address_in_which_a_name_would_mean_more_than_itself) {
  for (const std::string name : {"a*", "*", "a,b", "a/b", "${user}", "#", "a b", ""}) {
    EXPECT_THAT(rights_of(grants(), name, {}).rules.at(0).addresses, IsEmpty()) << name;
  }
}

TEST(LdapRights, are_not_those_of_a_group_whose_name_only_begins_alike) {
  EXPECT_THAT(rights_of(grants(), "ann", {"staff2", "staf", std::string("staff\0x", 7)}).groups, IsEmpty());
}

}  // namespace
}  // namespace ldap_bridge
