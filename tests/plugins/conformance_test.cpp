// What the check says of plugins that keep to the rules, and of those that break one.
#include "plugins/host/conformance.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::plugins {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// This is build/PRESET/tests/plugins/plugin_host_test.
const std::filesystem::path directory =
    std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../../plugins";

std::shared_ptr<const Library> load(std::string_view name) { return Library::load(directory, name).value(); }

// The faults, a line each.
std::string faults_of(std::string_view name, std::string config, std::filesystem::path secrets = {},
                      std::chrono::milliseconds limit = 20s) {
  std::string lines;
  for (const Finding& finding : check_conformance(load(name), {.service = "check/check",
                                                               .config = std::move(config),
                                                               .secrets = std::move(secrets),
                                                               .time_limit = limit,
                                                               .log = {}})) {
    if (!finding.good) lines += finding.what + "\n";
  }
  return lines;
}

TEST(Conformance, finds_nothing_in_a_plugin_that_keeps_to_the_rules) {
  EXPECT_EQ(faults_of("broken", "{}"), "");
}

TEST(Conformance, finds_nothing_in_the_example) {
  const auto secrets = std::filesystem::path(testing::TempDir()) / "conformance-secrets";
  std::filesystem::create_directories(secrets / "passwords");
  std::ofstream(secrets / "passwords" / "users") << "ann:$6$salt$x:orders\n";
  EXPECT_EQ(faults_of("example", "{}", secrets, 60s), "");
  EXPECT_THAT(faults_of("example", "{}", "/nowhere", 1s), HasSubstr("no file `users` that can be read"));
  std::filesystem::remove_all(secrets);
}

TEST(Conformance, finds_the_rule_that_is_broken) {
  const std::pair<const char*, const char*> cases[] = {
      {"open", "the cat sleeps on the server"},
      {"check", "the directory is on fire"},
      {"never", "were not answered in time"},
      {"twice", "answers each call once: "},
      {"lets-in", "lets nobody in who proved nothing, by passwords: it answered ACCEPTED 45 times"},
      {"huge", "has an identity that is empty, too long"},
      {"comma", "has a rule that nobody may write"},
      {"outcome", "has an outcome that there is not: 77"},
      {"size", "is too small: set `size`"},
  };
  for (const auto& [rule, found] : cases) {
    const auto limit = std::string_view(rule) == "never" ? 200ms : std::chrono::milliseconds(20s);
    EXPECT_THAT(faults_of("broken", R"({"break":")" + std::string(rule) + "\"}", {}, limit), HasSubstr(found))
        << rule;
  }
}

TEST(Conformance, finds_what_breaks_when_an_exchange_is_cancelled) {
  EXPECT_EQ(faults_of("broken", R"({"break":"x-keeps-to-the-rules"})"), "");
  EXPECT_THAT(faults_of("broken", R"({"break":"x-mute"})", {}, 1s), HasSubstr("calls are still unanswered"));
  EXPECT_THAT(faults_of("broken", R"({"break":"x-twice"})"), HasSubstr("answers each call once: "));
}

TEST(PluginFile, says_why_it_cannot_be_loaded) {
  const std::pair<const char*, const char*> cases[] = {
      {"broken_abi", "speaks version 99 of the plugin ABI, and this is 1"},
      {"broken_size", "has a table of 24 bytes"},
      {"nowhere", "there is no plugin"},
      {"../plugins/example", "is no name of a plugin"},
      {"", "is no name of a plugin"},
      {".", "is no name of a plugin"},
      {"Example", "is no name of a plugin"},
  };
  for (const auto& [name, why] : cases) {
    const auto loaded = Library::load(directory, name);
    ASSERT_FALSE(loaded) << name;
    EXPECT_THAT(loaded.error().message, HasSubstr(why)) << name;
  }
  const std::filesystem::path text = std::filesystem::path(testing::TempDir()) / "text.so";
  std::ofstream(text) << "no shared object";
  EXPECT_THAT(Library::load_file(text).error().message, HasSubstr("cannot be loaded"));
}

TEST(PluginTable, must_hold_what_belongs_together) {
  doorward_plugin table = load("example")->table();
  const auto why = [&](auto change) {
    doorward_plugin changed = table;
    change(changed);
    const auto library = Library::of_table(&changed);
    return library ? std::string() : library.error().message;
  };
  EXPECT_EQ(why([](doorward_plugin&) {}), "");
  EXPECT_THAT(why([](doorward_plugin& t) { t.open = nullptr; }), HasSubstr("both are needed"));
  EXPECT_THAT(why([](doorward_plugin& t) { t.close = nullptr; }), HasSubstr("both are needed"));
  EXPECT_THAT(why([](doorward_plugin& t) { t.verify = nullptr; }), HasSubstr("can do nothing"));
  EXPECT_THAT(
      why([](doorward_plugin& t) { t.mechanisms = [](void*) -> const char* const* { return nullptr; }; }),
      HasSubstr("all three belong together"));
  EXPECT_EQ(why([](doorward_plugin& t) { t.name = nullptr; }), "");
  EXPECT_EQ(why([](doorward_plugin& t) { t.size += 64; }), "") << "of a newer header";
  EXPECT_THAT(Library::of_table(nullptr).error().message, HasSubstr("does not speak version 1"));
}

}  // namespace
}  // namespace doorward::plugins
