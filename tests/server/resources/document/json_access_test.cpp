// One member of a document, found in its text.
#include "server/resources/document/json_access.hpp"

#include <gtest/gtest.h>

namespace doorward::resources {
namespace {

using nlohmann::json;

TEST(ParseOnly, makes_one_member_and_passes_over_what_bears_its_name_elsewhere) {
  const json object = {{"kind", "status"},
                       {"list", {1, {{"status", 2}}, "status\":{"}},
                       {"spec", {{"status", {{"a", 1}}}, {"quoted \"status\":", "\\"}, {"brackets", "}]{["}}},
                       {"status", {{"spec", {{"c", {3}}}}, {"message", "a, \"b\"}, \\"}}},
                       {"tail", "\\"}};
  for (const auto& [name, value] : object.items())
    EXPECT_EQ(parse_only(to_text(object), name), (json::object({{name, value}}))) << name;
  EXPECT_EQ(parse_only(to_text(object), "metadata"), json());
  EXPECT_EQ(parse_only(R"({"status":"a"})", "status"), json::object({{"status", "a"}}));
  EXPECT_EQ(parse_only(R"({"status":null})", "status"), json::object({{"status", nullptr}}));
}

TEST(ParseOnly, is_null_for_what_is_no_object) {
  for (const char* text : {"", "{", "}", "{}", "[]", "\"status\"", "\"", "\"\\", "null", R"({"status")",
                           R"({"status":)", R"({"status":{})", R"({"status":})", R"({"status":tru,"a":1})",
                           R"([{"status":1}])", R"({}{"status":1})"})
    EXPECT_EQ(parse_only(text, "status"), json()) << text;
}

}  // namespace
}  // namespace doorward::resources
