// What a difference shows, and what it must not.
#include "server/sync/difference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::sync {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

json object(const json& spec, int generation = 1) {
  return {{"kind", "X"},
          {"metadata", {{"name", "a"}, {"uid", "u"}, {"generation", generation}}},
          {"spec", spec},
          {"status", {{"phase", "Active"}}}};
}

TEST(Difference, names_each_field_that_comes_goes_or_changes) {
  EXPECT_THAT(
      difference(object({{"a", 1}, {"b", {"x", "y"}}, {"c", json::object()}}, 1),
                 object({{"a", 2}, {"b", {"x"}}, {"d", {{"e.f", true}}}}, 2)),
      ElementsAre("- spec.a: 1", "+ spec.a: 2", "- spec.b[1]: \"y\"", "- spec.c: {}", "+ spec.d[e.f]: true"));
  EXPECT_THAT(difference(object({{"a", 1}}), object({{"a", 1}})), IsEmpty());
  EXPECT_THAT(difference(nullptr, object({{"a", 1}})),
              ElementsAre("+ kind: \"X\"", "+ metadata.name: \"a\"", "+ spec.a: 1"));
  EXPECT_THAT(difference(object({{"a", 1}}), nullptr),
              ElementsAre("- kind: \"X\"", "- metadata.name: \"a\"", "- spec.a: 1"));
}

TEST(Difference, passes_over_what_only_the_server_says) {
  json before = object({{"a", 1}}), after = before;
  after["status"]["phase"] = "Pending";
  after["metadata"]["resourceVersion"] = "7";
  after["metadata"]["managedFields"] = json::array({1});
  EXPECT_THAT(difference(before, after), IsEmpty());
}

TEST(Difference, tells_of_a_secret_that_it_differs_and_nothing_else) {
  const std::string told = "~ spec.authentication: the secret differs (never shown)";
  EXPECT_THAT(difference(object({{"a", 1}}, 1), object({{"a", 1}}, 2)), ElementsAre(told));
  json before = object({{"a", 1}}, 1), after = object({{"a", 2}}, 2);
  before["status"]["credentials"] = json::array({{{"since", "2026-01-01T00:00:00Z"}}});
  after["status"]["credentials"] = json::array({{{"since", "2026-01-02T00:00:00Z"}}});
  EXPECT_THAT(difference(before, after), ElementsAre("- spec.a: 1", "+ spec.a: 2", told));
}

TEST(Difference, is_bounded_and_fit_for_a_terminal) {
  json many = json::object();
  for (std::size_t i = 0; i < max_difference_lines; ++i) many["f" + std::to_string(i)] = 1;
  EXPECT_EQ(difference(object(json::object()), object(many)).size(), max_difference_lines + 1)
      << "the empty object that went is counted, not shown";
  many.erase("f0");
  EXPECT_EQ(difference(object(json::object()), object(many)).size(), max_difference_lines);
  EXPECT_THAT(difference(nullptr, json{{"a", std::string(max_value_bytes - 2, 'x')}}),
              ElementsAre("+ a: \"" + std::string(max_value_bytes - 2, 'x') + "\"", testing::_));
  EXPECT_THAT(difference(object({{"a", 1}}), object({{"a", std::string(max_value_bytes - 1, 'x')}}))[1],
              testing::EndsWith("... (" + std::to_string(max_value_bytes + 1) + " bytes)"));
  EXPECT_EQ(difference(object({{"a", 1}}), object({{"a", "\x1b[2J\xff"}}))[1],
            "+ spec.a: \"\\u001b[2J\\ufffd\"");
}

}  // namespace
}  // namespace doorward::sync
