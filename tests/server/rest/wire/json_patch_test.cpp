// JSON patches: the operations of RFC 6902, and the bounds that hold after each of them.
#include "server/rest/wire/json_patch.hpp"

#include "server/rest/wire/json_body.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::rest {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// What becomes of `object`; null where it is refused with 422.
json patched(const char* object, const char* patch) {
  const auto answer = json_patch(json::parse(object), json::parse(patch));
  if (!answer) EXPECT_EQ(answer.error().code, 422) << patch;
  return answer ? *answer : json();
}

// Lists in lists.
json nested(std::size_t levels) {
  json value = json::array();
  for (std::size_t i = 1; i < levels; ++i) value = json::array({std::move(value)});
  return value;
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(JsonPatch, does_what_the_examples_of_its_rfc_do) {  // appendix A
  EXPECT_EQ(patched(R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux"}])"),
            json::parse(R"({"baz":"qux","foo":"bar"})"));
  EXPECT_EQ(patched(R"({"foo":["bar","baz"]})", R"([{"op":"add","path":"/foo/1","value":"qux"}])"),
            json::parse(R"({"foo":["bar","qux","baz"]})"));
  EXPECT_EQ(patched(R"({"baz":"qux","foo":"bar"})", R"([{"op":"remove","path":"/baz"}])"),
            json::parse(R"({"foo":"bar"})"));
  EXPECT_EQ(patched(R"({"foo":["bar","qux","baz"]})", R"([{"op":"remove","path":"/foo/1"}])"),
            json::parse(R"({"foo":["bar","baz"]})"));
  EXPECT_EQ(patched(R"({"baz":"qux"})", R"([{"op":"replace","path":"/baz","value":"boo"}])"),
            json::parse(R"({"baz":"boo"})"));
  EXPECT_EQ(patched(R"({"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}})",
                    R"([{"op":"move","from":"/foo/waldo","path":"/qux/thud"}])"),
            json::parse(R"({"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}})"));
  EXPECT_EQ(patched(R"({"foo":["all","grass","cows","eat"]})",
                    R"([{"op":"move","from":"/foo/1","path":"/foo/3"}])"),
            json::parse(R"({"foo":["all","cows","eat","grass"]})"));
  EXPECT_EQ(patched(R"({"foo":"bar"})", R"([{"op":"add","path":"/child","value":{"grandchild":{}}}])"),
            json::parse(R"({"foo":"bar","child":{"grandchild":{}}})"));
  EXPECT_EQ(patched(R"({"foo":["bar"]})", R"([{"op":"add","path":"/foo/-","value":["abc","def"]}])"),
            json::parse(R"({"foo":["bar",["abc","def"]]})"));
  EXPECT_EQ(patched(R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":10},
                                              {"op":"test","path":"/~1","value":9}])"),
            json::parse(R"({"/":9,"~1":10})"));
  EXPECT_EQ(patched(R"({"a":[1]})", R"([{"op":"copy","from":"/a","path":"/a/0"}])"),
            json::parse(R"({"a":[[1],1]})"));
  EXPECT_EQ(patched(R"({"a":1})", R"([{"op":"replace","path":"","value":{"b":2}}])"),
            json::parse(R"({"b":2})"));
}

TEST(JsonPatch, refuses_what_does_not_apply) {
  for (const char* bad : {R"([{"op":"add","path":"/a/b","value":"qux"}])",
                          R"([{"op":"add","path":"/s/b","value":1}])",
                          R"([{"op":"test","path":"/s","value":"bar"}])",
                          R"([{"op":"test","path":"/none","value":null}])",
                          R"([{"op":"remove","path":"/none"}])",
                          R"([{"op":"remove","path":""}])",
                          R"([{"op":"remove","path":"/l/3"}])",
                          R"([{"op":"remove","path":"/l/-"}])",
                          R"([{"op":"replace","path":"/l/3","value":1}])",
                          R"([{"op":"replace","path":"/none","value":1}])",
                          R"([{"op":"add","path":"/l/4","value":1}])",
                          R"([{"op":"add","path":"/l/01","value":1}])",
                          R"([{"op":"add","path":"/l/-1","value":1}])",
                          R"([{"op":"add","path":"/l/1e0","value":1}])",
                          R"([{"op":"add","path":"/l/","value":1}])",
                          R"([{"op":"add","path":"/l/18446744073709551616","value":1}])",
                          R"([{"op":"replace","path":"/~2","value":1}])",
                          R"([{"op":"add","path":"/~","value":1}])",
                          R"([{"op":"move","from":"/o","path":"/o/inside"}])",
                          R"([{"op":"move","from":"","path":"/o"}])",
                          R"([{"op":"move","from":"/l/0","path":"/l/0/inside"}])",
                          R"([{"op":"copy","from":"/none","path":"/o"}])"})
    EXPECT_EQ(patched(R"({"s":"foo","l":[{},{},{}],"o":{}})", bad), json()) << bad;
}

TEST(JsonPatch, makes_nothing_too_deep_even_if_it_is_gone_in_the_end) {
  const auto at = [](std::size_t names) { return "/b" + repeated("/0", names - 2) + "/-"; };
  const json object{{"a", nested(32)}, {"b", nested(60)}};
  const auto answer = [&](const char* op, std::size_t names) {
    return json_patch(object, json::array({{{"op", op}, {"from", "/a"}, {"path", at(names)}},
                                           {{"op", "remove"}, {"path", "/b"}}}));
  };
  for (const char* op : {"move", "copy"}) {
    EXPECT_TRUE(answer(op, 32)) << op;
    ASSERT_FALSE(answer(op, 33)) << op;
    EXPECT_EQ(answer(op, 33).error().code, 422);
    EXPECT_THAT(answer(op, 33).error().message, HasSubstr("deeper than 64 levels"));
  }
  for (const char* op : {"add", "replace"}) {
    const auto put = [&](std::size_t levels) {
      return json_patch(json{{"a", 1}},
                        json::array({{{"op", op}, {"path", "/a"}, {"value", nested(levels)}}}));
    };
    EXPECT_TRUE(put(63)) << op;
    EXPECT_FALSE(put(64)) << op;
  }
}

TEST(JsonPatch, cannot_be_made_to_nest_by_a_chain_of_moves) {
  json values = json::object(), patch = json::array();
  constexpr int count = 998;
  for (int i = 0; i < count; ++i) values["c" + std::to_string(i)] = nested(60);
  patch.push_back({{"op", "add"}, {"path", "/v"}, {"value", std::move(values)}});
  for (int i = 1; i < count; ++i)
    patch.push_back({{"op", "move"},
                     {"from", "/v/c" + std::to_string(i - 1)},
                     {"path", "/v/c" + std::to_string(i) + repeated("/0", 59) + "/-"}});
  const auto answer = json_patch(json::object(), patch);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, 422);
}

TEST(JsonPatch, takes_locations_of_as_many_names_as_there_can_be_levels) {
  const auto test_at = [](std::size_t names) {
    return json_patch(
        nested(64), json::array({{{"op", "add"}, {"path", repeated("/0", names - 1) + "/-"}, {"value", 1}}}));
  };
  EXPECT_TRUE(test_at(64));
  ASSERT_FALSE(test_at(65));
  EXPECT_THAT(test_at(65).error().message, HasSubstr("more than 64 names"));
  const auto from = json_patch(json::object(),
                               json::array({{{"op", "copy"}, {"from", repeated("/0", 65)}, {"path", "/a"}}}));
  ASSERT_FALSE(from);
  EXPECT_THAT(from.error().message, HasSubstr("more than 64 names"));
}

TEST(JsonPatch, copies_within_a_bound_for_all_copies_together) {
  // Of 12 bytes: one for the list, and one and ten for its text.
  const json object{{"a", {std::string(10, 'x')}}};
  const json patch =
      json::parse(R"([{"op":"copy","from":"/a","path":"/b"},{"op":"copy","from":"/a","path":"/b"}])");
  EXPECT_TRUE(json_patch(object, patch, {.copied_bytes = 24}));
  const auto refused = json_patch(object, patch, {.copied_bytes = 23});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, 422);
  EXPECT_TRUE(json_patch(object, patch, {.copied_values = 4}));  // the list and its text, twice
  EXPECT_THAT(json_patch(object, patch, {.copied_values = 3}).error().message,
              HasSubstr("more than 3 values"));
}

TEST(JsonPatch, pushes_so_many_elements_aside_and_no_more) {
  json patch = json::array();
  for (int i = 0; i < 5; ++i) {
    patch.push_back({{"op", "add"}, {"path", "/l/0"}, {"value", 0}});
    patch.push_back({{"op", "remove"}, {"path", "/l/1"}});
    patch.push_back({{"op", "add"}, {"path", "/l/-"}, {"value", 0}});  // pushes none aside
    patch.push_back({{"op", "replace"}, {"path", "/l/0"}, {"value", 0}});
  }
  // Two operations push 100 to 104 elements, as many as the list has.
  const json object{{"l", json(100, 0)}};
  EXPECT_TRUE(json_patch(object, patch, {.touched = 1'020}));
  const auto refused = json_patch(object, patch, {.touched = 1'019});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, 422);
  EXPECT_THAT(refused.error().message, HasSubstr("fewer operations"));
}

TEST(JsonPatch, looks_into_so_much_of_what_it_moves_and_no_more) {
  const json object{{"a", {1, 2, 3}}, {"b", json::object()}};  // four values
  const json patch =
      json::parse(R"([{"op":"move","from":"/a","path":"/b/a"},{"op":"move","from":"/b/a","path":"/a"},
                                     {"op":"move","from":"/a","path":"/b/a"}])");
  EXPECT_TRUE(json_patch(object, patch, {.touched = 8})) << "upwards needs no look";
  EXPECT_FALSE(json_patch(object, patch, {.touched = 7}));
}

TEST(JsonPatch, has_no_more_operations_than_it_may) {
  json patch(1'000, {{"op", "test"}, {"path", ""}, {"value", json::object()}});
  EXPECT_TRUE(json_patch(json::object(), patch));
  patch.push_back(patch[0]);
  EXPECT_EQ(json_patch(json::object(), patch).error().code, 413);
}

}  // namespace
}  // namespace doorward::rest
