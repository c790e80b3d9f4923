// How texts of `--help` are wrapped, and what they say of what is required.
#include "server/commands/help.hpp"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Help, wraps_words_to_the_width) {
  EXPECT_EQ(wrapped("", 10), "");
  EXPECT_EQ(wrapped("\n \n", 10), "");
  EXPECT_EQ(wrapped("one two", 7), "one two");
  EXPECT_EQ(wrapped("one two", 6), "one\ntwo");
  EXPECT_EQ(wrapped("  one\ntwo three\n", 9), "one two\nthree");
  EXPECT_EQ(wrapped("a longer-than-that b", 5), "a\nlonger-than-that\nb");
}

TEST(Help, keeps_paragraphs_and_what_is_typed) {
  EXPECT_EQ(wrapped("\none\n\ntwo\n\n\nthree\n\n", 20), "one\n\ntwo\n\nthree");
  EXPECT_EQ(wrapped("say `a b c`, then", 10), "say\n`a b c`,\nthen");
  EXPECT_EQ(wrapped("open `a b", 5), "open\n`a b");
}

TEST(Help, says_what_is_required) {
  CLI::App app{"", "doorward"};
  app.formatter(help_formatter());
  CLI::App* command = app.add_subcommand("sync", "");
  std::string text;
  std::vector<std::string> texts;
  command->add_option("--set", text, "The set")->option_text("NAME");
  command->add_option("--space", text, "The space")->required()->option_text("NS/NAME");
  command->add_option("FILES", texts, "The files")->required();
  command->footer("\nThe end\nof it.\n\n");
  const std::string help = command->help();
  EXPECT_THAT(help, HasSubstr("[OPTIONS] FILES...\n"));
  EXPECT_THAT(help, HasSubstr("  FILES                       The files; required\n"));
  EXPECT_THAT(help, HasSubstr("  --set NAME                  The set\n"));
  EXPECT_THAT(help, HasSubstr("  --space NS/NAME             The space; required\n"));
  EXPECT_THAT(help, HasSubstr("\n\nThe end of it.\n"));
  EXPECT_THAT(help, Not(HasSubstr("TEXT")));
}

}  // namespace
}  // namespace doorward
