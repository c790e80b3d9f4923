// YAML that is written is what it was when it is read again.
#include "server/resources/document/yaml_writer.hpp"

#include "server/resources/document/yaml.hpp"

#include <gtest/gtest.h>

namespace doorward::resources {
namespace {

using nlohmann::json;

json reread(const std::string& text) {
  const Reading reading = read_yaml(text, "m.yaml");
  return reading.faults.empty() && reading.documents.size() == 1 ? reading.documents[0].value
                                                                 : json("does not read: " + text);
}

TEST(YamlWriter, writes_as_people_do) {
  EXPECT_EQ(to_yaml({{"apiVersion", "v1"},
                     {"metadata", {{"labels", {{"a/b", "1"}, {"yes", "Off"}}}, {"name", "shop.alice"}}},
                     {"rules", {{{"addresses", {"orders/*", "x"}}, {"operations", json::array()}}, "#"}},
                     {"spec", json::object()}}),
            "apiVersion: v1\n"
            "metadata:\n"
            "  labels:\n"
            "    a/b: \"1\"\n"
            "    \"yes\": \"Off\"\n"
            "  name: shop.alice\n"
            "rules:\n"
            "- addresses:\n"
            "  - \"orders/*\"\n"
            "  - x\n"
            "  operations: []\n"
            "- \"#\"\n"
            "spec: {}\n");
}

TEST(YamlWriter, keeps_every_kind_of_value) {
  for (const json& value : {json("true"),
                            json("null"),
                            json("~"),
                            json("12"),
                            json("0x1f"),
                            json("1e3"),
                            json(".inf"),
                            json("-"),
                            json(""),
                            json("a: b"),
                            json("a #b"),
                            json("# a"),
                            json("- a"),
                            json("&a"),
                            json("*a"),
                            json("!a"),
                            json("%a"),
                            json("@a"),
                            json("`a"),
                            json("{a}"),
                            json("[a]"),
                            json("'a'"),
                            json("\"a\""),
                            json(" a "),
                            json("a\nb\t\\"),
                            json("\x7f \xc2\x85 \xe2\x80\xa8 \xc3\xa9 \xf0\x9f\x9a\xaa"),
                            json("---"),
                            json("..."),
                            json("2026-11-22"),
                            json("yes"),
                            json("N"),
                            json("1_000"),
                            json("SCRAM-SHA-256$4096:c2FsdA==$a+/=:b"),
                            json(std::string(600, 'x')),
                            json(12),
                            json(-1.5),
                            json(true),
                            json(18446744073709551615u)}) {
    const json document{{"key", value}, {"list", {value, {value}, {{"deep", value}}}}};
    EXPECT_EQ(reread(to_yaml(document)), document) << to_yaml(document);
    if (value.is_string()) {
      const json named{{value.get<std::string>(), 1}};
      EXPECT_EQ(reread(to_yaml(named)), named) << to_yaml(named);
    }
  }
  const json nested{{"a", {{1, {2, {3, json::object()}}}, json::array()}}};
  EXPECT_EQ(reread(to_yaml(nested)), nested) << to_yaml(nested);
}

}  // namespace
}  // namespace doorward::resources
