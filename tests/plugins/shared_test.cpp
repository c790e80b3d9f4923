// What bridges have in common: settings whose faults are told, and rights by templates.
#include "plugins/shared/grants.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward_plugin_cpp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Config config(std::string_view json) {
  doorward_settings settings{};
  settings.size = sizeof settings;
  settings.config = bytes(json);
  settings.secrets_directory = "/secrets";
  return Config(settings, "the test's bridge");
}

template <class Read>
std::string fault(Read read) {
  try {
    read();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(BridgeConfig, is_read_by_its_types) {
  const Config read = config(R"({"t": "x", "f": true, "n": 5, "l": ["a", "b"], "s": "SECRET/ca.crt"})");
  EXPECT_EQ(read.text("t", ""), "x");
  EXPECT_EQ(read.text("none", "else"), "else");
  EXPECT_TRUE(read.flag("f", false));
  EXPECT_EQ(read.number("n", 5, 5, 1), 5);
  EXPECT_THAT(read.texts("l"), ElementsAre("a", "b"));
  EXPECT_EQ(read.secret_file("s"), "/secrets/SECRET/ca.crt");
  EXPECT_EQ(read.secret_file("none"), "");
}

TEST(BridgeConfig, says_what_to_mend) {
  EXPECT_EQ(fault([] { config("[1]"); }), "the configuration is no JSON object");
  EXPECT_EQ(fault([] { config("{"); }), "the configuration is no JSON object");
  EXPECT_EQ(fault([] { config(R"({"a": 1})").only({"b"}); }), "config.a is no setting of the test's bridge");
  EXPECT_EQ(fault([] { config(R"({"a": 1})").text("a", ""); }), "config.a must be a string");
  EXPECT_EQ(fault([] { config(R"({"a": 1})").flag("a", true); }), "config.a must be true or false");
  EXPECT_EQ(fault([] { config(R"({"a": [1]})").texts("a"); }), "config.a must be a list of strings");
  EXPECT_EQ(fault([] { config(R"({"a": [1]})").objects("a"); }), "config.a must be a list of objects");
  EXPECT_EQ(fault([] { config(R"({"a": [{"b": 1}]})").objects("a")[0].only({}); }),
            "config.a.b is no setting of the test's bridge");
  for (const std::string number : {"4", "8", "-1", "5.5", "\"5\"", "18446744073709551615", "1e400"}) {
    EXPECT_NE(fault([&] { config("{\"a\": " + number + "}").number("a", 5, 7, 6); }), "") << number;
  }
}

TEST(BridgeConfig, names_no_file_outside_of_the_secrets) {
  for (const std::string name :
       {"/etc/passwd", "a", "a/", "/a", "../a", "a/..", "a/../b", "a/b/c", "./a", "a\\u0000/b"}) {
    EXPECT_EQ(fault([&] { config("{\"a\": \"" + name + "\"}").secret_file("a"); }),
              "config.a must be SECRET/KEY")
        << name;
  }
}

std::vector<Grant> grants() {
  return read_grants(config(R"({"grants": [
    {"addresses": ["inbox/{username}"], "operations": ["recv"]},
    {"group": "Staff", "groups": ["manage"], "addresses": ["{group}/*", "all", "{other}"], "operations": ["send"]},
    {"group": "silent", "groups": ["quiet"], "addresses": ["x"]}]})"));
}

Rights rights(const std::string& username, const std::vector<std::string>& groups,
              GroupNames names = GroupNames::any_case) {
  return rights_of(grants(), groups, names, [&](std::string_view name) -> std::optional<std::string> {
    if (name != "username") return std::nullopt;
    return username;
  });
}

TEST(BridgeGrants, follow_the_groups) {
  const Rights nobody = rights("ann", {});
  EXPECT_THAT(nobody.groups, IsEmpty());
  ASSERT_EQ(nobody.rules.size(), 1u);
  EXPECT_THAT(nobody.rules[0].addresses, ElementsAre("inbox/ann"));
  EXPECT_EQ(nobody.rules[0].operations, static_cast<std::uint64_t>(DOORWARD_RECV));

  const Rights staff = rights("ann", {"other", "staff", "silent"});
  EXPECT_THAT(staff.groups, ElementsAre("manage", "quiet"));
  ASSERT_EQ(staff.rules.size(), 2u);
  EXPECT_THAT(staff.rules[1].addresses, ElementsAre("Staff/*", "all", "{other}"));
}

TEST(BridgeGrants, leave_out_an_address_in_which_a_name_would_mean_more_than_itself) {
  for (const std::string name : {"a*", "*", "a,b", "a/b", "${user}", "{username}", "#", "a b", ""}) {
    EXPECT_THAT(rights(name, {}).rules.at(0).addresses, IsEmpty()) << name;
  }
}

TEST(BridgeGrants, are_not_those_of_a_group_whose_name_only_begins_alike) {
  EXPECT_THAT(rights("ann", {"staff2", "staf", std::string("staff\0x", 7)}).groups, IsEmpty());
}

TEST(BridgeGrants, are_those_of_an_exact_name_where_letters_count) {
  EXPECT_THAT(rights("ann", {"staff"}, GroupNames::exact).groups, IsEmpty());
  EXPECT_THAT(rights("ann", {"Staff"}, GroupNames::exact).groups, ElementsAre("manage"));
}

TEST(BridgeGrants, that_cannot_be_read_are_told) {
  EXPECT_EQ(fault([] { read_grants(config(R"({"grants": [{"operations": ["own"]}]})")); }),
            "config.grants.operations may be send, recv, view and manage");
  EXPECT_EQ(fault([] { read_grants(config(R"({"grants": {}})")); }),
            "config.grants must be a list of objects");
  EXPECT_EQ(fault([] { read_stored_rights(config(R"({"rights": "all"})")); }),
            "config.rights must be grants or stored");
}

}  // namespace
}  // namespace doorward_plugin_cpp
