// OpenAPI as kubectl reads it.
#include "server/rest/published/openapi.hpp"

#include "server/rest/served_kinds.hpp"

#include <algorithm>
#include <cctype>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::rest {
namespace {

using nlohmann::json;
using resources::shape::array;
using resources::shape::boolean;
using resources::shape::integer;
using resources::shape::object;
using resources::shape::one_of;
using resources::shape::quantity;

const OpenApi& openapi() {
  static const OpenApi all(served_kinds(), "1.2.3");
  return all;
}

json document(const char* path) { return json::parse(openapi().document(path)->body); }

const json& users() {
  static const json all = document("apis/user.enmasse.io/v1beta1");
  return all;
}

constexpr const char* one_user = "/apis/user.enmasse.io/v1beta1/namespaces/{namespace}/messagingusers/{name}";

TEST(OpenApiTest, version_2_is_empty_and_of_the_type_that_kubectl_takes) {
  EXPECT_EQ(OpenApi::empty_v2().body, "");
  EXPECT_EQ(OpenApi::empty_v2().content_type, "application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
}

TEST(OpenApiTest, index_names_a_document_for_each_version) {
  const json paths = json::parse(openapi().index().body)["paths"];
  for (const char* path : {"api/v1", "apis/user.enmasse.io/v1beta1", "apis/admin.enmasse.io/v1beta1",
                           "apis/admin.enmasse.io/v1beta2", "apis/enmasse.io/v1beta1"}) {
    ASSERT_TRUE(paths.contains(path)) << path;
    EXPECT_THAT(paths[path]["serverRelativeURL"].get<std::string>(),
                testing::StartsWith("/openapi/v3/" + std::string(path) + "?hash="));
    EXPECT_TRUE(openapi().document(path)) << path;
  }
  EXPECT_FALSE(openapi().document("apis/nowhere/v1"));
}

TEST(OpenApiTest, patch_has_the_parameter_that_leaves_validation_to_the_server) {
  const json patch = users()["paths"][one_user]["patch"];
  EXPECT_EQ(patch["x-kubernetes-group-version-kind"],
            (json{{"group", "user.enmasse.io"}, {"version", "v1beta1"}, {"kind", "MessagingUser"}}));
  bool there = false;
  for (const json& parameter : patch["parameters"]) there |= parameter["name"] == "fieldValidation";
  EXPECT_TRUE(there);
  EXPECT_TRUE(patch["requestBody"]["content"].contains("application/apply-patch+yaml"));
}

TEST(OpenApiTest, every_reference_leads_somewhere) {
  for (const Served& each : served_kinds()) {
    const json whole = document(((each.group.empty() ? "api/" : "apis/") + each.group_version()).c_str());
    const json flat = whole.flatten();
    for (const auto& [pointer, value] : flat.items()) {
      if (!pointer.ends_with("/$ref")) continue;
      EXPECT_TRUE(whole.contains(json::json_pointer(value.get<std::string>().substr(1)))) << value;
    }
  }
}

TEST(OpenApiTest, has_the_reviews_that_are_only_asked) {
  const std::pair<const char*, const char*> reviews[] = {
      {"apis/authentication.k8s.io/v1", "SelfSubjectReview"},
      {"apis/authentication.k8s.io/v1beta1", "SelfSubjectReview"},
      {"apis/authentication.k8s.io/v1alpha1", "SelfSubjectReview"},
      {"apis/authorization.k8s.io/v1", "SelfSubjectAccessReview"},
      {"apis/authorization.k8s.io/v1", "SelfSubjectRulesReview"},
  };
  for (const auto& [group, kind] : reviews) {
    std::string plural = std::string(kind) + "s";
    std::ranges::transform(plural, plural.begin(), [](unsigned char c) { return std::tolower(c); });
    const json all = document(group);
    const json one = all["paths"]["/" + std::string(group) + "/" + plural];
    EXPECT_EQ(one.size(), 2u) << "parameters and post of " << group;
    EXPECT_EQ(one["post"]["x-kubernetes-group-version-kind"]["kind"], kind);
    const json schema = all[json::json_pointer(
        one["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].get<std::string>().substr(
            1))];
    EXPECT_EQ(schema["properties"]["kind"]["enum"], json::array({kind}));
    EXPECT_TRUE(schema["properties"]["status"].contains("properties"));
    EXPECT_FALSE(all["paths"].contains("/" + std::string(group) + "/" + plural + "/{name}"));
  }
}

TEST(OpenApiTest, has_subresources_that_are_only_read) {
  const json one = users()["paths"][std::string(one_user) + "/credentials"];
  EXPECT_EQ(one["parameters"].size(), 2u);
  EXPECT_FALSE(one.contains("patch"));
  EXPECT_EQ(one["get"]["x-kubernetes-group-version-kind"]["kind"], "MessagingUserCredentials");
  const json verifiers = users()["components"]["schemas"]["io.enmasse.user.v1beta1.MessagingUserCredentials"];
  EXPECT_EQ(verifiers["properties"]["credentials"]["type"], "array");
}

TEST(OpenApiTest, schema_carries_its_kind_and_hides_secrets) {
  const json user = users()["components"]["schemas"]["io.enmasse.user.v1beta1.MessagingUser"];
  EXPECT_EQ(user["x-kubernetes-group-version-kind"][0]["kind"], "MessagingUser");
  EXPECT_EQ(user["properties"]["spec"]["properties"]["authentication"]["properties"]["password"]["writeOnly"],
            true);
}

TEST(OpenApiSchemaTest, says_what_the_schema_says) {
  using resources::shape::required;
  const json schema = openapi_schema(object({{"a", one_of({"x", "y"}, "Why."), required},
                                             {"b", array(integer(resources::Schema::Range{1, 9}))},
                                             {"c", resources::shape::map(boolean())},
                                             {"d", quantity()},
                                             {"e", resources::shape::any()}},
                                            "Whole."));
  EXPECT_EQ(schema["description"], "Whole.");
  EXPECT_EQ(schema["required"], json::array({"a"}));
  EXPECT_EQ(schema["properties"]["a"],
            (json{{"type", "string"}, {"enum", {"x", "y"}}, {"description", "Why."}}));
  EXPECT_EQ(schema["properties"]["b"]["items"],
            (json{{"type", "integer"}, {"format", "int64"}, {"minimum", 1}, {"maximum", 9}}));
  EXPECT_EQ(schema["properties"]["c"]["additionalProperties"]["type"], "boolean");
  EXPECT_EQ(schema["properties"]["d"]["x-kubernetes-int-or-string"], true);
  EXPECT_EQ(schema["properties"]["e"]["x-kubernetes-preserve-unknown-fields"], true);
}

}  // namespace
}  // namespace doorward::rest
