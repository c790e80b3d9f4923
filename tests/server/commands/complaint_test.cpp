// What is said of a mistyped command line: what to do, and never what may be a password.
#include "server/commands/complaint.hpp"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string complaint_about(std::vector<std::string> arguments) {
  CLI::App app{"", "doorward"};
  app.set_version_flag("--version", "1");
  CLI::App* login = app.add_subcommand("login", "");
  std::string text;
  int number = 0;
  bool flag = false;
  login->add_option("--user", text, "The user")->option_text("NAME");
  login->add_option("--timeout", number, "Seconds, 1 to 9")->check(CLI::Range(1, 9));
  login->add_option("-o,--output", text, "text or json")->check(CLI::IsMember({"text", "json"}));
  login->add_flag("--tls", flag, "Connect with TLS");
  CLI::App* token = app.add_subcommand("token", "")->require_subcommand(1);
  token->add_subcommand("add", "");
  token->add_subcommand("remove", "");
  std::ranges::reverse(arguments);  // as CLI11 takes them
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return complaint(app, error);
  }
  return "nothing";
}

TEST(Complaint, names_what_is_wrong) {
  const struct {
    std::vector<std::string> arguments;
    std::string said;
  } cases[] = {
      {{"login", "--user", "alice"}, "nothing"},
      {{"login", "--pasword=hunter2"}, "--pasword means nothing here"},
      {{"login", "--user"}, "--user needs a value: NAME"},
      {{"login", "--timeout", "hunter2"},
       "--timeout has a value that it does not take. What it is for: Seconds, 1 to 9"},
      {{"login", "--timeout", "10"},
       "--timeout has a value that it does not take. What it is for: Seconds, 1 to 9"},
      {{"login", "-o", "hunter2"},
       "--output has a value that it does not take. What it is for: text or json"},
  };
  for (const auto& c : cases) EXPECT_EQ(complaint_about(c.arguments), c.said) << c.arguments.back();
}

TEST(Complaint, lists_the_commands_where_it_knows_none) {
  EXPECT_THAT(complaint_about({"logon"}), HasSubstr("this is no command"));
  EXPECT_THAT(complaint_about({"logon"}), HasSubstr("there are login"));
  EXPECT_EQ(complaint_about({"token"}), "say what it shall do: add, remove");
}

TEST(Complaint, shows_no_value_wherever_it_stands) {
  const std::vector<std::string> lines[] = {
      {"login", "--pasword", "hunter2"},
      {"login", "-phunter2"},
      {"login", "hunter2"},
      {"login", "--user", "alice", "hunter2"},
      {"hunter2"},
      {"--pasword", "hunter2", "login"},
      {"login", "--timeout=hunter2"},
      {"login", "--tls=hunter2"},
      {"login", "--output", "hunter2"},
      {"login", "--", "hunter2"},
      {"login", "--hunter2 and more"},
      {"login", "-o", "hunter2", "x"},
      {"login", "--user", "a", "--user", "hunter2"},
  };
  for (const auto& line : lines) {
    const std::string said = complaint_about(line);
    EXPECT_NE(said, "nothing") << testing::PrintToString(line);
    EXPECT_THAT(said, Not(HasSubstr("hunter2"))) << testing::PrintToString(line);
  }
}

TEST(Complaint, tells_that_something_is_not_shown) {
  EXPECT_THAT(complaint_about({"login", "--pasword", "hunter2"}), HasSubstr("not shown"));
  EXPECT_THAT(complaint_about({"login", "hunter2"}), HasSubstr("not shown"));
}

}  // namespace
}  // namespace doorward
