// YAML into JSON with lines: what is read, how each deviation is told, and every bound from both sides.
#include "server/resources/document/yaml.hpp"

#include "tests/server/resources/workbench.hpp"

namespace doorward::resources {
namespace {

using namespace std::string_literals;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// The one document of the text; the faults in its place where there are any.
json read(std::string_view text, const YamlBounds& bounds = {}) {
  const Reading reading = read_yaml(text, "f.yaml", bounds);
  if (!reading.faults.empty()) return json(texts(reading.faults));
  return reading.documents.size() == 1 ? reading.documents[0].value : json(reading.documents.size());
}

std::string first_fault(std::string_view text, const YamlBounds& bounds = {}) {
  const Reading reading = read_yaml(text, "f.yaml", bounds);
  return reading.faults.empty() ? "no fault" : reading.faults[0].text();
}

TEST(Yaml, reads_plain_scalars_by_the_core_schema) {
  const struct {
    std::string scalar;
    json value;
  } cases[] = {
      {"text", "text"},
      {"two words", "two words"},
      {"", nullptr},
      {"~", nullptr},
      {"null", nullptr},
      {"NULL", nullptr},
      {"nUll", "nUll"},
      {"true", true},
      {"FALSE", false},
      {"yes", "yes"},
      {"on", "on"},
      {"0", 0},
      {"-17", -17},
      {"+17", 17},
      {"007", 7},
      {"0o17", 15},
      {"0x1F", 31},
      {"0x", "0x"},
      {"0b1", "0b1"},
      {"1_000", "1_000"},
      {"9223372036854775807", 9223372036854775807},
      {"18446744073709551615", 18446744073709551615u},
      {"1.0", 1.0},
      {"-.5", -0.5},
      {"5.", 5.0},
      {"1e3", 1000.0},
      {"1.5E-1", 0.15},
      {"e3", "e3"},
      {".", "."},
      {"1.2.3", "1.2.3"},
      {"512Mi", "512Mi"},
      {"'17'", "17"},
      {"\"true\"", "true"},
      {"!!str 17", "17"},
      {"!!int \"17\"", 17},
      {"!!float 1", 1},
      {"!!null ''", nullptr},
      {"2026-11-22", "2026-11-22"},
      {"\"\\u00e9\\x41\\0\"", "\u00e9A\0"s},
      {"caf\u00e9", "caf\u00e9"},
  };
  for (const auto& c : cases) EXPECT_EQ(read("a: " + c.scalar), json({{"a", c.value}})) << c.scalar;
}

TEST(Yaml, keeps_whole_numbers_whole_and_others_not) {
  EXPECT_TRUE(read("a: 1")["a"].is_number_integer());
  EXPECT_TRUE(read("a: 1.0")["a"].is_number_float());
}

TEST(Yaml, reads_blocks_flows_and_comments) {
  EXPECT_EQ(read("# before\n"
                 "a: # beside\n"
                 "  - x\n"
                 "  - {y: [1, 2], 'z': \"w\"}\n"
                 "b: |\n"
                 "  one\n"
                 "  two\n"
                 "c: >-\n"
                 "  one\n"
                 "  two\n"),
            json({{"a", {"x", {{"y", {1, 2}}, {"z", "w"}}}}, {"b", "one\ntwo\n"}, {"c", "one two"}}));
}

TEST(Yaml, reads_json_as_a_json_parser_does) {
  for (const std::string text :
       {R"({"a": [1, -2.5e3, true, false, null, "x\ty\/z"], "b": {"c": {}}, "d": []})",
        "{\n\t\"a\":\t\"b\",\n\t\"c\": [1,\t2]\n}", R"({"long key with spaces":"\u00e9"})"})
    EXPECT_EQ(read(text), json::parse(text)) << text;
}

TEST(Yaml, reads_every_document_that_is_not_empty) {
  const Reading reading = read_yaml("---\n---\na: 1\n...\n---\n# nothing\n---\nb: 2\n--- {c: 3}\n", "f.yaml");
  ASSERT_THAT(reading.faults, IsEmpty());
  ASSERT_EQ(reading.documents.size(), 3u);
  EXPECT_EQ(reading.documents[0].line, 3u);
  EXPECT_EQ(reading.documents[1].value, json({{"b", 2}}));
  EXPECT_EQ(reading.documents[1].line, 8u);
  EXPECT_EQ(reading.documents[2].line, 9u);
}

TEST(Yaml, an_empty_file_has_no_document) {
  for (const std::string_view text : {"", "\n", "# only a comment\n", "---\n", "\xef\xbb\xbf"}) {
    const Reading reading = read_yaml(text, "f.yaml");
    EXPECT_THAT(texts(reading.faults), IsEmpty()) << text;
    EXPECT_TRUE(reading.documents.empty()) << text;
  }
}

TEST(Yaml, knows_the_line_of_every_field) {
  const Reading reading = read_yaml(
      "kind: X\n"
      "metadata:\n"
      "  annotations:\n"
      "    enmasse.io/realm-name: r\n"
      "spec:\n"
      "  authorization:\n"
      "  - addresses: [a,\n"
      "                b]\n"
      "    operations:\n"
      "    - send\n"
      "  - addresses:\n"
      "    - c\n",
      "f.yaml");
  ASSERT_EQ(reading.documents.size(), 1u);
  const Document& document = reading.documents[0];
  EXPECT_EQ(document.line_of("kind"), 1u);
  EXPECT_EQ(document.line_of("metadata.annotations[enmasse.io/realm-name]"), 4u);
  EXPECT_EQ(document.line_of("spec.authorization[0].addresses[1]"), 8u);
  EXPECT_EQ(document.line_of("spec.authorization[0].operations[0]"), 10u);
  EXPECT_EQ(document.line_of("spec.authorization[1]"), 11u);
  EXPECT_EQ(document.line_of("spec.authorization[1].operations"), 11u)
      << "a field that is missing: where it should be";
  EXPECT_EQ(document.line_of("spec.username"), 5u);
  EXPECT_EQ(document.line_of("status.phase"), 1u);
}

TEST(Yaml, writes_aliases_out) {
  EXPECT_EQ(read("a: &x {k: [1]}\nb: *x\nc: [*x, &y v, *y]\n*y : last\n"),
            json({{"a", {{"k", {1}}}}, {"b", {{"k", {1}}}}, {"c", {{{"k", {1}}}, "v", "v"}}, {"v", "last"}}));
}

TEST(Yaml, tells_each_fault_with_its_line) {
  const struct {
    const char* behaviour;
    std::string text;
    std::string fault;
  } cases[] = {
      {"a duplicate key", "a: 1\nb: 2\na: 3\n",
       "f.yaml:3: the key \"a\" is already there in line 1: remove one of them"},
      {"a duplicate key that is quoted", "a: 1\n\"a\": 3\n",
       "f.yaml:2: the key \"a\" is already there in line 1: remove one of them"},
      {"a tab for indentation", "a:\n\tb: c\n",
       "f.yaml:2: not YAML: illegal map value (a tab cannot indent YAML: use spaces)"},
      {"two values in a line", "a: b: c\n", "f.yaml:1: not YAML: illegal map value"},
      {"a list that does not end", "a: [1, 2\n", "f.yaml:1: not YAML: end of sequence flow not found"},
      {"a quote that does not end", "a: \"x\n", "f.yaml:1: not YAML: a quote further up is not closed"},
      {"a quote that swallows the rest", "a: 'x\nb: c\n",
       "f.yaml:2: not YAML: a quote further up is not closed"},
      {"an unknown alias, which may be a secret without quotes", "a: *hunter2\n",
       "f.yaml:1: not YAML: the referenced anchor is not defined (text that begins with * must be in quotes: "
       "\"*\")"},
      {"a star without quotes", "a: [*]\n",
       "f.yaml:1: not YAML: alias not found after * (text that begins with * must be in quotes: \"*\")"},
      {"an indent that fits nowhere", "a:\n   b: c\n  d: e\n",
       "f.yaml:3: not YAML: end of map not found (a line that is indented otherwise than those beside it, or "
       "a quote that is not closed)"},
      {"an alias inside of its anchor", "a: &x [*x]\n",
       "f.yaml:1: the alias stands inside of what it refers to"},
      {"bad UTF-8", "a: 1\nb: \xff\n", "f.yaml:2: not UTF-8 text: save the file as UTF-8"},
      {"UTF-16",
       "\xff\xfe"
       "a\0:\0"s,
       "f.yaml:1: not UTF-8 text: save the file as UTF-8"},
      {"a surrogate in UTF-8", "a: \xed\xa0\x80\n", "f.yaml:1: not UTF-8 text: save the file as UTF-8"},
      {"a surrogate as an escape", "a: \"\\ud800\"\n", "f.yaml:1: not YAML: invalid unicode"},
      {"an escape that the parser gets wrong", "a: \"\\N\"\n",
       "f.yaml:1: the escapes \\N and \\_ are not read: write \\u0085 or \\u00a0"},
      {"a NUL", "a: b\0c\n"s,
       "f.yaml:1: a control character: remove it, or write it as an escape in double quotes"},
      {"the end-of-text character, which the parser takes for the end", "a: b\n\x04: c\n",
       "f.yaml:2: a control character: remove it, or write it as an escape in double quotes"},
      {"a list as the document", "- a\n",
       "f.yaml:1: a document must be a mapping with apiVersion, kind, metadata "
       "and spec, not a list"},
      {"text as the document", "\nhello\n",
       "f.yaml:2: a document must be a mapping with apiVersion, kind, metadata "
       "and spec"},
      {"a mapping as a key", "? {a: 1}\n: 2\n",
       "f.yaml:1: a key must be text, not a mapping or a list: is a } or ] missing further up?"},
      {"a list behind an alias as a key", "a: &x [1]\n*x : 2\n", "f.yaml:2: a key must be text"},
      {"a merge key", "a: &x {b: 1}\nc:\n  <<: *x\n",
       "f.yaml:3: merge keys (<<) are not part of YAML 1.2: write the fields out"},
      {"a tag of somebody's", "a: !secret b\n",
       "f.yaml:1: a tag (!...) means nothing here: remove it, or put the value in quotes"},
      {"a tag of somebody's at a mapping", "a: !map {}\n",
       "f.yaml:1: a tag (!...) means nothing here: remove it, or put the value in quotes"},
      {"binary", "a: !!binary aGk=\n", "f.yaml:1: not a value for its tag: remove the tag (!!...)"},
      {"a comma that the parser would stay at for ever", ", a\n",
       "f.yaml:1: text that belongs to nothing: quote a value that has one of , [ ] { } in it"},
      {"a tag that does not fit", "a: !!int x\n",
       "f.yaml:1: not a value for its tag: remove the tag (!!...)"},
      {"a number that no JSON holds", "a: 1\nb: 123456789012345678901234567890\n",
       "f.yaml:2: a number that is out of range: put it in quotes if it is meant as text"},
      {"a float that is too large", "a: 1e999\n",
       "f.yaml:1: a number that is out of range: put it in quotes if it is meant as text"},
      {"infinity", "a: -.inf\n",
       "f.yaml:1: a number that is out of range: put it in quotes if it is meant as text"},
  };
  for (const auto& c : cases) EXPECT_EQ(first_fault(c.text), c.fault) << c.behaviour;
}

TEST(Yaml, reads_on_behind_what_is_not_a_fault_of_syntax) {
  const Reading reading = read_yaml("a: 1\na: 2\nb: .inf\n---\nc: 1e999\n---\nd: 1\n", "f.yaml");
  EXPECT_EQ(reading.faults.size(), 3u);
  EXPECT_EQ(reading.documents.size(), 3u);
}

TEST(Yaml, keeps_the_documents_in_front_of_a_fault_of_syntax) {
  const Reading reading = read_yaml("a: 1\n---\nb: [\n---\nc: 1\n", "f.yaml");
  EXPECT_EQ(reading.documents.size(), 1u);
  EXPECT_EQ(reading.faults.size(), 1u);
}

TEST(YamlBounds, a_file_may_have_so_many_bytes) {
  EXPECT_EQ(read("a: 1", {.file_bytes = 4}), json({{"a", 1}}));
  EXPECT_EQ(first_fault("a: 12", {.file_bytes = 4}),
            "f.yaml: larger than 4 bytes: split it into several files");
}

TEST(YamlBounds, nesting_may_be_so_deep) {
  const auto nested = [](int depth) {
    return "a: " + std::string(depth - 1, '[') + std::string(depth - 1, ']');
  };
  EXPECT_EQ(first_fault(nested(64)), "no fault");
  EXPECT_EQ(first_fault(nested(65)), "f.yaml:1: nested deeper than 64 levels");
  EXPECT_EQ(first_fault(nested(100'000)), "f.yaml:1: nested deeper than 64 levels");
  std::string blocks = "a:\n";
  for (int i = 1; i < 3'000; ++i) blocks += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(first_fault(blocks), "f.yaml:65: nested deeper than 64 levels");
}

TEST(YamlBounds, aliases_may_write_out_so_much) {
  // A mapping and its value and each of the 3 aliases: 5 nodes of 64 bytes and 3 times one byte, the key
  // beside.
  const std::string text = "a: &x b\nc: *x\n";
  std::size_t least = 0;
  while (first_fault(text, {.expanded_bytes = least}) != "no fault") ++least;
  EXPECT_THAT(first_fault(text, {.expanded_bytes = least - 1}),
              HasSubstr("once its aliases are written out"));
  EXPECT_LT(least, 1'000u);

  std::string laughs = "a0: &a0 [ha,ha,ha,ha,ha,ha,ha,ha,ha,ha]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 1; j < 10; ++j) laughs += ", " + before;
    laughs += "]\n";
  }
  EXPECT_THAT(first_fault(laughs, {.expanded_bytes = 1u << 20}), HasSubstr("split it, or use fewer aliases"));
}

TEST(YamlBounds, paths_count_in_what_is_read) {
  const std::string text =
      std::string(1'000, 'k') + ":\n  a: 1\n  b: 2\n  c: 3\n";  // four paths of a thousand
  EXPECT_EQ(first_fault(text, {.expanded_bytes = 6'000}), "no fault");
  EXPECT_THAT(first_fault(text, {.expanded_bytes = 5'000}), HasSubstr("larger than 5000 bytes"));
}

TEST(YamlBounds, faults_end_somewhere) {
  std::string text;
  for (int i = 0; i < 10; ++i) text += "a" + std::to_string(i) + ": .inf\n";
  EXPECT_EQ(read_yaml(text, "f.yaml", {.faults = 11}).faults.size(), 10u);
  const Reading reading = read_yaml(text, "f.yaml", {.faults = 5});
  ASSERT_EQ(reading.faults.size(), 6u);
  EXPECT_EQ(reading.faults.back().text(), "f.yaml:5: too many faults: the rest of the file was not read");
}

TEST(FieldPath, is_that_of_kubernetes_and_fit_for_a_log) {
  EXPECT_EQ(field("", "spec"), "spec");
  EXPECT_EQ(field("spec", "username"), "spec.username");
  EXPECT_EQ(element("spec.authorization", 2), "spec.authorization[2]");
  EXPECT_EQ(field("metadata.annotations", "enmasse.io/realm-name"),
            "metadata.annotations[enmasse.io/realm-name]");
  EXPECT_EQ(field("spec", "a\nb"), "spec[\"a\\x0ab\"]");
  EXPECT_EQ(field("spec", ""), "spec[\"\"]");
}

TEST(Fault, says_where_as_far_as_it_knows) {
  EXPECT_EQ((Fault{"f", 3, "MessagingUser a/b.c", "spec.username", "is required"}).text(),
            "f:3: MessagingUser a/b.c: spec.username: is required");
  EXPECT_EQ((Fault{"f", 0, "", "", "cannot be opened"}).text(), "f: cannot be opened");
  EXPECT_EQ((Fault{"", 0, "", "", "locked"}).text(), "locked");
}

}  // namespace
}  // namespace doorward::resources
