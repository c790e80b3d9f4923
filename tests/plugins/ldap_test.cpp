// What goes from a user name into a query.
#include "plugins/ldap/text.hpp"

#include <gtest/gtest.h>

namespace ldap_bridge {
namespace {

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

}  // namespace
}  // namespace ldap_bridge
