// What comes in as text or bytes and is taken apart: paths, queries, selectors, JSON, protobuf, tokens.
#include "server/rest/wire/body.hpp"
#include "server/rest/wire/json_body.hpp"
#include "server/rest/wire/percent.hpp"
#include "server/rest/wire/protobuf.hpp"
#include "server/rest/wire/selectors.hpp"
#include "server/rest/wire/target.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::rest {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Path, is_taken_apart_only_where_it_is_well_formed) {
  EXPECT_THAT(split_path("/apis/g/v1/").value(), ElementsAre("apis", "g", "v1"));
  EXPECT_THAT(split_path("/a%2eb/%C3%A4").value(), ElementsAre("a.b", "\xc3\xa4"));
  EXPECT_TRUE(split_path("/").value().empty());
  for (const char* bad : {"", "apis", "//", "/a//b", "/a/..", "/a/../b", "/a/./b", "/%2e%2e/b", "/a%2fb",
                          "/a%", "/a%4", "/a%zz", "/a%00", "/a%0a", "/%ff", "/a//"})
    EXPECT_FALSE(split_path(bad)) << bad;
}

TEST(Path, names_what_kubernetes_would_have_it_name) {
  struct Case {
    std::string path, group, version, ns, resource, name, subresource;
  };
  for (const Case& c :
       {Case{"/apis/g/v1/things", "g", "v1", "", "things", "", ""},
        Case{"/apis/g/v1/things/x", "g", "v1", "", "things", "x", ""},
        Case{"/apis/g/v1/namespaces/n/things/x/status", "g", "v1", "n", "things", "x", "status"},
        Case{"/api/v1/namespaces/n", "", "v1", "n", "namespaces", "n", ""},
        Case{"/api/v1/namespaces", "", "v1", "", "namespaces", "", ""},
        Case{"/api/v1/namespaces/n/events", "", "v1", "n", "events", "", ""}}) {
    const auto target = target_of(split_path(c.path).value());
    ASSERT_TRUE(target) << c.path;
    EXPECT_EQ(std::tie(target->group, target->version, target->ns, target->resource, target->name,
                       target->subresource),
              std::tie(c.group, c.version, c.ns, c.resource, c.name, c.subresource))
        << c.path;
    EXPECT_EQ(target->extra, 0u);
  }
  for (const char* none :
       {"/", "/version", "/apis", "/apis/g", "/apis/g/v1", "/api", "/api/v1", "/metrics/x"})
    EXPECT_FALSE(target_of(split_path(none).value())) << none;
  EXPECT_EQ(target_of(split_path("/apis/g/v1/namespaces/n/t/x/s/more").value())->extra, 1u);
}

TEST(QueryString, is_decoded_within_bounds) {
  const Query query = Query::parse("a=1&b=x%20y+z&a=2&empty=&flag&no=false&zero=0").value();
  EXPECT_EQ(query.text("b"), "x y z");
  EXPECT_THAT(query.all("a"), ElementsAre("1", "2"));
  EXPECT_FALSE(query.find("absent"));
  EXPECT_TRUE(query.flag("a") && query.flag("flag"));
  EXPECT_FALSE(query.flag("no") || query.flag("zero") || query.flag("absent"));
  EXPECT_EQ(query.number("a", 7), 1u);
  EXPECT_EQ(query.number("empty", 7), 7u);
  EXPECT_FALSE(query.number("b", 7));
  for (const char* bad : {"a=%", "a=%4", "%zz=1", "a=%00", "a=%ff"}) EXPECT_FALSE(Query::parse(bad)) << bad;

  std::string many = "a=1";
  for (std::size_t i = 1; i < Query::max_parameters; ++i) many += "&a=1";
  EXPECT_TRUE(Query::parse(many));
  EXPECT_FALSE(Query::parse(many + "&a=1"));
  EXPECT_TRUE(Query::parse("a=" + std::string(Query::max_bytes - 2, 'x')));
  EXPECT_FALSE(Query::parse("a=" + std::string(Query::max_bytes - 1, 'x')));
}

class SelectorCases : public testing::Test {
 protected:
  const resources::Kind& kind_ = *resources::find_kind("messagingusers.user.enmasse.io");
  const json object_ = {
      {"metadata", {{"name", "shop.a"}, {"namespace", "n"}, {"labels", {{"app", "x"}, {"e", ""}}}}},
      {"spec", {{"username", "a"}, {"authentication", {{"type", "password"}}}}},
      {"status", {{"generation", 3}}}};
  bool matches(std::string_view labels, std::string_view fields = "") {
    const auto selectors = Selectors::parse(kind_, labels, fields);
    EXPECT_TRUE(selectors) << labels << " " << fields;
    return selectors && selectors->matches(object_);
  }
};

TEST_F(SelectorCases, match_labels) {
  for (const char* yes : {"", "app", "app=x", "app==x", "app!=y", "!other", "other!=x", "app in (y, x)",
                          "app in(x)", "app notin (y)", "other notin (x)", " app = x , e ", "e=", "e in ()"})
    EXPECT_TRUE(matches(yes)) << yes;
  for (const char* no :
       {"other", "!app", "app=y", "app!=x", "app in (y)", "app notin (x,y)", "app=x,other", "app="})
    EXPECT_FALSE(matches(no)) << no;
  for (const char* bad :
       {"=x", "app x", "app in x", "app in (x", "app,", ",app", "app=x y", "app~x", "!", "(", "app=x;b"})
    EXPECT_FALSE(Selectors::parse(kind_, bad, "")) << bad;
}

TEST_F(SelectorCases, match_fields) {
  for (const char* yes : {"metadata.name=shop.a", "metadata.namespace==n", "metadata.name!=b",
                          "spec.username=a", "spec.authentication.type=password", "status.generation=3",
                          "status.phase=", "spec.username=a,metadata.name=shop.a"})
    EXPECT_TRUE(matches("", yes)) << yes;
  for (const char* no : {"metadata.name=b", "spec.username!=a", "status.phase=Active"})
    EXPECT_FALSE(matches("", no)) << no;
  for (const char* bad :
       {"spec.authentication.password=x", "spec.authentication.credentials=x", "spec", "spec=x",
        "metadata.uid=x", "spec.nothing=x", "=x", "spec.authorization=x", "metadata.name"})
    EXPECT_FALSE(Selectors::parse(kind_, "", bad)) << bad;
}

TEST_F(SelectorCases, are_bounded) {
  std::string many = "a";
  for (std::size_t i = 1; i < Selectors::max_requirements; ++i) many += ",a";
  EXPECT_TRUE(Selectors::parse(kind_, many, ""));
  EXPECT_FALSE(Selectors::parse(kind_, many + ",a", ""));
}

TEST(JsonText, is_bounded_in_depth_and_size) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(read_json(nested(64)));
  EXPECT_EQ(read_json(nested(65)).error().code, 400);
  EXPECT_EQ(read_json(nested(10'000)).error().code, 400);
  EXPECT_EQ(read_json(std::string(1'000'000, '[')).error().code, 400) << "never closed";
  EXPECT_TRUE(read_json("\"12\"", {.bytes = 4}));
  EXPECT_EQ(read_json("\"123\"", {.bytes = 4}).error().code, 413);
  for (const char* bad : {"", "{", "nonsense", "{\"a\":1}x", "[1,]", "\xff", "{\"a\" 1}"})
    EXPECT_EQ(read_json(bad).error().code, 400) << bad;
}

TEST(JsonText, names_keys_that_stand_twice) {
  const auto body = read_json(R"({"a":{"b":1,"b":2},"c":[{"d":1},{"d":1,"d":{"e":0,"e":1}}],"a":3})").value();
  EXPECT_THAT(body.duplicates, ElementsAre("a.b", "c[1].d", "c[1].d.e", "a"));
  EXPECT_EQ(body.value["a"], 3);
}

TEST(JsonText, may_be_yaml_where_that_is_taken) {
  EXPECT_EQ(read_json_or_yaml("a: {b: 1}\n").value().value, json({{"a", {{"b", 1}}}}));
  EXPECT_EQ(read_json_or_yaml("{\"a\":1}").value().value, json({{"a", 1}}));
  EXPECT_FALSE(read_json_or_yaml("a: 1\n---\nb: 1\n"));
  EXPECT_FALSE(read_json_or_yaml("a: [\n"));
}

TEST(JsonText, of_yaml_is_bounded_in_what_it_becomes) {
  // Every element is 64 bytes, its text, and the path of its line.
  const auto list = [](int elements) {
    std::string text = "a:\n";
    for (int i = 0; i < elements; ++i) text += "- b\n";
    return text;
  };
  EXPECT_TRUE(read_json_or_yaml(list(10), {.bytes = 512}));
  const auto large = read_json_or_yaml(list(20), {.bytes = 512});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, 400);
  EXPECT_THAT(large.error().message, HasSubstr("larger than 1024 bytes"));

  std::string laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1), own = "a" + std::to_string(i);
    laughs += own + ": &" + own + " [" + before;
    for (int j = 1; j < 9; ++j) laughs += "," + before;
    laughs += "]\n";
  }
  EXPECT_THAT(read_json_or_yaml(laughs).error().message, HasSubstr("larger than 6291456 bytes"));
}

TEST(Body, of_a_review_is_smaller_than_an_object) {
  const auto answer = [](BodyKind kind, const std::string& type, std::size_t bytes) {
    Request request;
    request.content_type = type;
    request.body = "{\"a\":\"" + std::string(bytes - 8, 'x') + "\"}";
    const auto read = read_body(request, kind);
    return read ? 200 : read.error().code;
  };
  for (const char* type : {"application/json", "application/yaml"}) {
    EXPECT_EQ(answer(BodyKind::review, type, max_review_bytes), 200) << type;
    EXPECT_EQ(answer(BodyKind::review, type, max_review_bytes + 1), 413) << type;
    EXPECT_EQ(answer(BodyKind::object, type, max_review_bytes + 1), 200) << type;
    EXPECT_EQ(answer(BodyKind::object, type, 3u << 20), 200) << type;
    EXPECT_EQ(answer(BodyKind::object, type, (3u << 20) + 1), 413) << type;
  }
}

// The wire form, written by hand: a length-delimited field of less than 128 bytes.
std::string field(int number, const std::string& bytes) {
  return std::string(1, static_cast<char>(number << 3 | 2)) +
         std::string(1, static_cast<char>(bytes.size())) + bytes;
}
std::string unknown(const std::string& api_version, const std::string& kind, const std::string& object) {
  return std::string("k8s\0", 4) + field(1, field(1, api_version) + field(2, kind)) + field(2, object) +
         field(3, "") + field(4, "");
}

TEST(Protobuf, becomes_the_json_that_the_same_client_would_have_sent) {
  const std::string metadata =
      field(1, field(1, "r") + field(3, "") + field(8, "") + field(11, field(1, "a") + field(2, "b")));
  const std::string rule = field(2, field(1, "get") + field(1, "list") + field(2, "") + field(3, "pods"));
  EXPECT_EQ(read_protobuf(unknown("rbac.authorization.k8s.io/v1", "Role", metadata + rule + rule)).value(),
            json::parse(R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role",
              "metadata":{"name":"r","labels":{"a":"b"}},
              "rules":[{"verbs":["get","list"],"apiGroups":[""],"resources":["pods"]},
                       {"verbs":["get","list"],"apiGroups":[""],"resources":["pods"]}]})"));
  const std::string attributes = field(1, "team1") + field(2, "get") + field(5, "messagingusers");
  EXPECT_EQ(read_protobuf(
                unknown("authorization.k8s.io/v1", "SelfSubjectAccessReview", field(2, field(1, attributes))))
                .value()["spec"],
            json::parse(
                R"({"resourceAttributes":{"namespace":"team1","verb":"get","resource":"messagingusers"}})"));
  EXPECT_EQ(
      read_protobuf(unknown("v1", "DeleteOptions", std::string("\x08\x05", 2) + field(5, "All")),
                    "DeleteOptions")
          .value(),
      json::parse(R"({"apiVersion":"v1","kind":"DeleteOptions","gracePeriodSeconds":5,"dryRun":["All"]})"));
}

TEST(Protobuf, of_other_kinds_is_not_read) {
  EXPECT_EQ(read_protobuf(unknown("v1", "Pod", "")).error().code, 415);
  EXPECT_EQ(read_protobuf(unknown("apps/v1", "Role", "")).error().code, 415);
  EXPECT_EQ(read_protobuf(unknown("rbac.authorization.k8s.io/v1", "Role", ""), "DeleteOptions").error().code,
            415);
}

TEST(Protobuf, that_is_not_well_formed_is_refused) {
  const std::string good = unknown("rbac.authorization.k8s.io/v1", "Role", field(1, field(1, "r")));
  ASSERT_TRUE(read_protobuf(good));
  EXPECT_EQ(read_protobuf("").error().code, 400);
  EXPECT_EQ(read_protobuf("k8s").error().code, 400);
  const auto of_role = [](const std::string& object) {
    return read_protobuf(unknown("rbac.authorization.k8s.io/v1", "Role", object));
  };
  EXPECT_EQ(of_role(std::string("\x0a\x7f", 2)).error().code, 400) << "longer than what is there";
  EXPECT_EQ(of_role(std::string("\x0a", 1)).error().code, 400) << "no length";
  EXPECT_EQ(of_role(std::string("\x08\x01", 2)).error().code, 400) << "a number where a message belongs";
  EXPECT_EQ(of_role(std::string("\x0b\x0c", 2)).error().code, 400) << "a group";
  EXPECT_EQ(of_role(std::string("\x02\x00", 2)).error().code, 400) << "field 0";
  EXPECT_EQ(of_role(std::string(11, '\xff')).error().code, 400) << "a number without an end";
  EXPECT_EQ(of_role(field(1, field(1, "\xff"))).error().code, 400) << "not UTF-8";
}

TEST(MediaType, is_compared_without_case_and_parameters) {
  EXPECT_EQ(media_type("Application/JSON; charset=utf-8"), "application/json");
  EXPECT_EQ(media_type("application/json ;x"), "application/json");
}

}  // namespace
}  // namespace doorward::rest
