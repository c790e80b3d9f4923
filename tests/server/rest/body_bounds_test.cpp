// The memory that one body can take, whatever stands in it: some times its size, and never the size of its
// names times their number.
#include "server/resources/kinds/catalogue.hpp"
#include "server/rest/wire/failure.hpp"
#include "server/rest/wire/field_validation.hpp"
#include "server/rest/wire/json_body.hpp"
#include "tests/server/rest/allocations.hpp"

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::rest {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr std::size_t MiB = 1u << 20;

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

// `{"a":1,"a":1,...}`
std::string twice(std::size_t keys) { return "{" + repeated("\"a\":1,", keys) + "\"a\":1}"; }

TEST(BodyBounds, cut_the_paths_of_keys_that_stand_twice) {
  const std::string text = "{\"" + std::string(2 * MiB, 'k') + "\":" + twice(200) + "}";
  test::begin_counting();
  const auto body = read_json(text);
  EXPECT_LE(test::counted().peak_bytes, 16 * MiB) << "64 times 2 MiB would be 128 MiB";
  ASSERT_TRUE(body);
  ASSERT_EQ(body->duplicates.size(), 64u);
  EXPECT_EQ(body->duplicates.front(), std::string(512, 'k') + "...");
}

TEST(BodyBounds, cut_a_path_at_its_bound_and_not_before) {
  const auto path = [](std::size_t bytes) {
    return read_json("{\"" + std::string(bytes - 2, 'k') + "\":" + twice(1) + "}").value().duplicates.at(0);
  };
  EXPECT_EQ(path(512), std::string(510, 'k') + ".a");
  EXPECT_EQ(path(513), std::string(511, 'k') + "....");
}

TEST(BodyBounds, take_so_many_values_and_no_more) {
  const auto list = [](std::size_t values) { return "[" + repeated("0,", values - 2) + "0]"; };
  EXPECT_TRUE(read_json(list(200'000)));
  const auto refused = read_json(list(200'001));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, 413);
  EXPECT_EQ(refused.error().reason, "RequestEntityTooLarge");
  EXPECT_THAT(refused.error().message, HasSubstr("more than 200000 values"));
}

TEST(BodyBounds, keep_the_most_expensive_values_within_some_times_the_largest_body) {
  for (const char* value : {"[[]],", "{\"a\":{}},", "[\"\"],"}) {
    const std::string text = "[" + repeated(value, 3 * MiB / 10) + "0]";
    test::begin_counting();
    EXPECT_EQ(read_json(text).error().code, 413);
    EXPECT_LE(test::counted().peak_bytes, 48 * MiB) << value;
  }
}

TEST(BodyBounds, keep_some_faults_and_count_the_others) {
  const resources::Kind& kind = *resources::find_kind("messagingusers.user.enmasse.io");
  json object{{"apiVersion", "user.enmasse.io/v1beta1"},
              {"kind", "MessagingUser"},
              {"metadata", {{"name", "shop.alice"}}},
              {"spec", {{"username", "alice"}, {"authentication", {{"type", "federated"}}}}}};
  const auto faults_of = [&](std::size_t addresses) {
    object["spec"]["authorization"] = json::array({{{"addresses", json::array()}, {"operations", {"view"}}}});
    for (std::size_t i = 0; i < addresses; ++i) object["spec"]["authorization"][0]["addresses"].push_back(1);
    return resources::validate(kind, object);
  };
  EXPECT_EQ(faults_of(64).size(), 64u);
  EXPECT_EQ(faults_of(64).more(), 0u);
  test::begin_counting();
  const auto many = faults_of(20'000);
  EXPECT_LE(test::counted().peak_bytes, 8 * MiB);
  EXPECT_EQ(many.size(), 64u);
  EXPECT_EQ(many.more(), 19'936u);
  const Failure failure = invalid(kind, "shop.alice", many).error();
  EXPECT_EQ(failure.causes.size(), 64u);
  EXPECT_TRUE(failure.message.ends_with(", and 19936 more]")) << failure.message;
}

TEST(BodyBounds, name_some_unknown_fields) {
  const resources::Kind& kind = *resources::find_kind("messagingusers.user.enmasse.io");
  json object = json::object();
  for (int i = 0; i < 1'000; ++i) object["spec"]["unknown" + std::to_string(i)] = 1;
  EXPECT_EQ(prune_unknown(kind, object).size(), 64u);
  EXPECT_EQ(object, json({{"spec", json::object()}})) << "all of them are gone, named or not";
}

}  // namespace
}  // namespace doorward::rest
