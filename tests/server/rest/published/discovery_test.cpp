// What a client finds out first, by every way in which it asks.
#include "server/rest/published/public_documents.hpp"
#include "server/rest/served_kinds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace doorward::rest {
namespace {

using nlohmann::json;

constexpr const char* aggregated =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

const PublicDocuments& documents() {
  static const PublicDocuments all(served_kinds(), "1.2.3");
  return all;
}

std::optional<Response> answer(const std::string& path, const std::string& accept = "application/json") {
  return documents().answer({.method = "GET", .path = path, .accept = accept});
}

json get(const std::string& path, const std::string& accept = "application/json") {
  const auto response = answer(path, accept);
  return response ? json::parse(response->body) : json();
}

// The element of a list whose `key` is `value`.
json found(const json& list, const char* key, const std::string& value) {
  for (const json& each : list) {
    if (each.at(key) == value) return each;
  }
  return {};
}

TEST(DiscoveryTest, version_names_the_api_and_the_program) {
  EXPECT_EQ(get("/version")["gitVersion"], "v1.32.0+doorward.1.2.3");
  EXPECT_EQ(get("/version")["minor"], "32");
}

TEST(DiscoveryTest, roots_in_the_plain_form) {
  EXPECT_EQ(get("/api")["versions"], json::array({"v1"}));
  const json groups = get("/apis");
  EXPECT_EQ(groups["kind"], "APIGroupList");
  EXPECT_EQ(found(groups["groups"], "name", "user.enmasse.io")["preferredVersion"]["version"], "v1beta1");
  EXPECT_EQ(found(groups["groups"], "name", "admin.enmasse.io")["versions"].size(), 3u);
  EXPECT_EQ(found(groups["groups"], "name", "authentication.k8s.io")["versions"].dump(),
            R"([{"groupVersion":"authentication.k8s.io/v1","version":"v1"},)"
            R"({"groupVersion":"authentication.k8s.io/v1beta1","version":"v1beta1"},)"
            R"({"groupVersion":"authentication.k8s.io/v1alpha1","version":"v1alpha1"}])")
      << "the preferred one first";
  EXPECT_EQ(found(groups["groups"], "name", ""), json());
}

TEST(DiscoveryTest, one_group_and_one_version) {
  EXPECT_EQ(get("/apis/user.enmasse.io")["kind"], "APIGroup");
  const json list = get("/apis/user.enmasse.io/v1beta1/");
  EXPECT_EQ(list["groupVersion"], "user.enmasse.io/v1beta1");
  const json users = found(list["resources"], "name", "messagingusers");
  EXPECT_EQ(users["kind"], "MessagingUser");
  EXPECT_EQ(users["singularName"], "messaginguser");
  EXPECT_EQ(users["namespaced"], true);
  EXPECT_EQ(users["categories"], json::array({"enmasse"}));
  EXPECT_EQ(users["verbs"].size(), 8u);
  EXPECT_EQ(found(list["resources"], "name", "messagingusers/status")["verbs"],
            json::array({"get", "patch", "update"}));
  EXPECT_EQ(found(list["resources"], "name", "messagingusers/credentials")["verbs"], json::array({"get"}));
  EXPECT_EQ(found(get("/api/v1")["resources"], "name", "namespaces")["namespaced"], false);
}

TEST(DiscoveryTest, aggregated_only_where_it_is_asked_for) {
  const auto response = answer("/apis", aggregated);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->content_type, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
  const json list = json::parse(response->body);
  EXPECT_EQ(list["apiVersion"], "apidiscovery.k8s.io/v2");
  for (const json& group : list["items"]) {
    if (group["metadata"]["name"] != "user.enmasse.io") continue;
    const json users = found(group["versions"][0]["resources"], "resource", "messagingusers");
    EXPECT_EQ(users["scope"], "Namespaced");
    EXPECT_EQ(users["responseKind"]["kind"], "MessagingUser");
    EXPECT_EQ(users["subresources"][0]["subresource"], "status");
  }
  EXPECT_EQ(get("/api", aggregated)["items"][0]["metadata"]["name"], "");
  for (const char* accept : {"", "application/json", "*/*",
                             "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"}) {
    EXPECT_EQ(answer("/apis", accept)->content_type, "application/json") << accept;
  }
}

TEST(DiscoveryTest, is_nobodys_business_elsewhere) {
  for (const char* path :
       {"/", "/apis/nowhere", "/apis/user.enmasse.io/v9", "/api/v2", "/apis//v1", "/openapi/v3/apis/x/v1",
        "/apis/user.enmasse.io/v1beta1/messagingusers", "/openapi"}) {
    EXPECT_FALSE(answer(path)) << path;
  }
  EXPECT_FALSE(documents().answer({.method = "POST", .path = "/version"}));
}

TEST(AcceptTest, finds_a_parameter_in_one_range) {
  EXPECT_TRUE(asks_for("a/b;x=1;y=2, c/d", "y", "2"));
  EXPECT_TRUE(asks_for(" a/b ; x = 1 ", "x", "1"));
  EXPECT_FALSE(asks_for("a/b;x=12", "x", "1"));
  EXPECT_FALSE(asks_for("x=1,", "y", ""));
  EXPECT_FALSE(asks_for("", "x", ""));
  EXPECT_FALSE(asks_for_aggregated_discovery(
      "application/json;g=apidiscovery.k8s.io;v=v2,application/json;as=APIGroupDiscoveryList"));
}

}  // namespace
}  // namespace doorward::rest
