// get and list: one snapshot over all pages, selectors, tables, and what no request may learn.
#include "server/rest/lists.hpp"
#include "tests/server/rest/house.hpp"

#include <set>

namespace doorward::rest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Reads : public House {
 protected:
  void make_users(int count, const std::string& prefix = "shop.u") {
    for (int i = 0; i < count; ++i)
      ASSERT_EQ(post(users_path, federated(prefix + std::to_string(i))).status, 201);
  }
  static std::vector<std::string> names(const json& list) {
    std::vector<std::string> found;
    for (const auto& item : list["items"]) found.push_back(item["metadata"]["name"]);
    return found;
  }
};

TEST_F(Reads, an_object_is_shown_with_its_metadata) {
  seed();
  ASSERT_EQ(post(users_path, user("shop.alice", "alice")).status, 201);
  const Answer answer = get(users_path + "/shop.alice");
  EXPECT_EQ(answer.status, 200);
  const json& metadata = answer.body["metadata"];
  EXPECT_EQ(metadata["name"], "shop.alice");
  EXPECT_EQ(metadata["namespace"], "team1");
  EXPECT_EQ(metadata["resourceVersion"], std::to_string(version()));
  EXPECT_EQ(metadata["generation"], 1);
  EXPECT_TRUE(metadata.contains("uid") && metadata.contains("creationTimestamp"));
  EXPECT_EQ(answer.body["status"]["phase"], "Active");
  EXPECT_EQ(get(users_path + "/shop.alice/status").body, answer.body);
}

TEST_F(Reads, what_is_not_there_is_not_found) {
  const Answer answer = get(users_path + "/shop.nobody");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.reason(), "NotFound");
  EXPECT_EQ(answer.message(), "messagingusers.user.enmasse.io \"shop.nobody\" not found");
  EXPECT_EQ(answer.body["details"]["kind"], "messagingusers");
  for (const char* path :
       {"/apis/user.enmasse.io/v1beta1/namespaces/team1/nothings", "/apis/user.enmasse.io/v9/messagingusers",
        "/nothing", "/apis/user.enmasse.io/v1beta1/messagingusers/x", "/api/v1/pods",
        "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers/x/scale",
        "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers/x/status/y",
        "/api/v1/namespaces/team1/events"})
    EXPECT_EQ(get(path).status, 404) << path;
}

TEST_F(Reads, a_namespace_is_there_for_whoever_asks) {
  const Answer answer = get("/api/v1/namespaces/team1");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["kind"], "Namespace");
}

TEST_F(Reads, a_caller_without_rights_gets_one_answer_for_all) {
  ASSERT_EQ(post(users_path, federated("shop.alice")).status, 201);
  caller_ = {"mallory", {"system:authenticated"}};
  const auto shape = [](std::string text, const std::string& name) {
    for (std::size_t at; (at = text.find(name)) != std::string::npos;) text.replace(at, name.size(), "?");
    return text;
  };
  for (const char* method : {"GET", "PUT", "PATCH", "DELETE"}) {
    const Answer there = ask(request(method, users_path + "/shop.alice", "nonsense"));
    const Answer not_there = ask(request(method, users_path + "/shop.robert", "nonsense"));
    EXPECT_EQ(there.status, 403);
    EXPECT_EQ(shape(there.text(), "shop.alice"), shape(not_there.text(), "shop.robert")) << method;
  }
  EXPECT_THAT(
      get(users_path).message(),
      HasSubstr(
          "User \"mallory\" cannot list resource \"messagingusers\" in API group \"user.enmasse.io\" in "
          "the namespace \"team1\""));
  EXPECT_EQ(get("/apis/user.enmasse.io/v1beta1/namespaces/team1/nothings").status, 403);
  EXPECT_EQ(get("/nothing").status, 403);
  EXPECT_EQ(get(users_path + "?watch=true").status, 403);
}

TEST_F(Reads, methods_that_are_not_there_are_refused) {
  for (const char* method : {"TRACE", "CONNECT", "get", ""}) {
    const Answer answer = ask(request(method, users_path));
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.reason(), "MethodNotAllowed");
  }
  EXPECT_EQ(post(users_path + "/x", user("x", "x")).status, 405);
  EXPECT_EQ(post(all_users_path, user("x", "x")).status, 405);
  EXPECT_EQ(put(users_path, user("x", "x")).status, 405);
}

TEST_F(Reads, pages_of_a_list_show_one_snapshot) {
  make_users(7);
  Answer page = get(users_path + "?limit=3");
  EXPECT_THAT(names(page.body), ElementsAre("shop.u0", "shop.u1", "shop.u2"));
  ASSERT_TRUE(remove(users_path + "/shop.u4").status == 200);
  make_users(1, "shop.u2x");
  const std::string snapshot = page.body["metadata"]["resourceVersion"];
  std::string token = page.body["metadata"]["continue"];
  page = get(users_path + "?limit=3&continue=" + token);
  EXPECT_THAT(names(page.body), ElementsAre("shop.u3", "shop.u4", "shop.u5"));
  EXPECT_EQ(page.body["metadata"]["resourceVersion"], snapshot);
  token = page.body["metadata"]["continue"];
  page = get(users_path + "?limit=3&continue=" + token);
  EXPECT_THAT(names(page.body), ElementsAre("shop.u6"));
  EXPECT_FALSE(page.body["metadata"].contains("continue"));
  EXPECT_THAT(names(get(users_path).body),
              ElementsAre("shop.u0", "shop.u1", "shop.u2", "shop.u2x0", "shop.u3", "shop.u5", "shop.u6"));
}

TEST_F(Reads, a_continue_token_is_good_for_its_own_list_only) {
  make_users(3);
  const std::string token = get(users_path + "?limit=1").body["metadata"]["continue"];
  EXPECT_EQ(get(users_path + "?limit=1&continue=" + token).status, 200);
  for (const std::string& target :
       {all_users_path + "?continue=" + token, users_path + "?labelSelector=a&continue=" + token,
        spaces_path + "?continue=" + token, users_path + "?continue=" + token + "A",
        users_path + "?continue=made-up"})
    EXPECT_EQ(get(target).status, 400) << target;
  ASSERT_TRUE(store_->compact(version() - 1));
  make_users(1, "shop.v");
  ASSERT_TRUE(store_->compact(version()));
  const Answer answer = get(users_path + "?limit=1&continue=" + token);
  EXPECT_EQ(answer.status, 410);
  EXPECT_EQ(answer.reason(), "Expired");
}

TEST_F(Reads, a_long_list_leaves_piece_by_piece_and_whole) {
  for (int i = 0; i < 3; ++i) {
    std::vector<Write> writes;
    for (int j = 0; j < 400; ++j) {
      const std::string name = "shop.u" + std::to_string(1'000 + i * 400 + j);
      writes.push_back(Put{.object = {.key = resources::Workbench::user(name),
                                      .uid = name,
                                      .created_at = "2026-01-01T00:00:00Z",
                                      .document = "{\"spec\":{\"username\":\"x\"}}"}});
    }
    ASSERT_TRUE(store_->commit(writes));
  }
  const Response response = api_->handle(request("GET", users_path));
  ASSERT_TRUE(response.stream);
  const Answer answer = get(users_path);
  EXPECT_EQ(answer.body["items"].size(), 1'200u);
  EXPECT_EQ(get(users_path + "?limit=1000").body["items"].size(), Lists::piece);
  accept_ = table_accept;
  EXPECT_EQ(get(all_users_path).body["rows"].size(), 1'200u);
}

TEST_F(Reads, a_page_of_large_objects_ends_early_and_a_list_has_them_all) {
  const auto commit = [&](const std::string& name, std::size_t bytes) {
    const std::string begin = "{\"spec\":{\"username\":\"", end = "\"}}";
    ASSERT_TRUE(store_->commit(std::vector<Write>{
        Put{.object = {.key = resources::Workbench::user(name),
                       .uid = name,
                       .created_at = "2026-01-01T00:00:00Z",
                       .document = begin + std::string(bytes - begin.size() - end.size(), 'x') + end}}}));
  };
  commit("shop.a", Lists::piece_bytes / 2);
  commit("shop.b", Lists::piece_bytes / 2 - 1);
  commit("shop.c", 100);
  EXPECT_EQ(names(get(users_path + "?limit=500").body).size(), 3u) << "one byte less is no reason";
  commit("shop.b", Lists::piece_bytes / 2);
  const json page = get(users_path + "?limit=500").body;
  EXPECT_THAT(names(page), ElementsAre("shop.a", "shop.b"));
  const std::string token = page["metadata"]["continue"];
  EXPECT_THAT(names(get(users_path + "?limit=500&continue=" + token).body), ElementsAre("shop.c"));
  EXPECT_THAT(names(get(users_path).body), ElementsAre("shop.a", "shop.b", "shop.c"));
}

TEST_F(Reads, a_table_has_the_columns_of_its_kind) {
  seed();
  ASSERT_EQ(post(users_path, user("shop.alice", "alice")).status, 201);
  accept_ = table_accept;
  for (const std::string& target : {users_path, users_path + "/shop.alice"}) {
    const json table = get(target).body;
    EXPECT_EQ(table["kind"], "Table");
    std::vector<std::string> columns;
    for (const auto& column : table["columnDefinitions"])
      columns.push_back(column["name"].get<std::string>() + (column["priority"] == 0 ? "" : "*"));
    EXPECT_THAT(columns, ElementsAre("Name", "Username", "Type", "Phase", "Message*", "Age"));
    const json& row = table["rows"][0];
    EXPECT_EQ(row["cells"][0], "shop.alice");
    EXPECT_EQ(row["cells"][1], "alice");
    EXPECT_EQ(row["cells"][3], "Active");
    EXPECT_EQ(row["object"]["kind"], "PartialObjectMetadata");
  }
  EXPECT_EQ(get(users_path + "?includeObject=Object").body["rows"][0]["object"]["spec"]["username"], "alice");
  EXPECT_FALSE(get(users_path + "?includeObject=None").body["rows"][0].contains("object"));
  accept_ = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";
  EXPECT_EQ(get(users_path).body["kind"], "PartialObjectMetadataList");
}

TEST_F(Reads, selectors_choose_and_bad_parameters_are_refused) {
  json labelled = federated("shop.a");
  labelled["metadata"]["labels"] = {{"app", "x"}};
  ASSERT_EQ(post(users_path, labelled).status, 201);
  make_users(3);
  EXPECT_THAT(names(get(users_path + "?labelSelector=app%3Dx").body), ElementsAre("shop.a"));
  EXPECT_EQ(names(get(users_path + "?labelSelector=%21app&limit=2").body).size(), 2u);
  EXPECT_THAT(names(get(users_path + "?fieldSelector=metadata.name%3Dshop.u1").body), ElementsAre("shop.u1"));
  for (const char* bad : {"labelSelector=a%20b", "fieldSelector=spec.password%3Dx", "limit=x", "limit=-1",
                          "resourceVersion=x", "resourceVersionMatch=Sometimes", "a=%"})
    EXPECT_EQ(get(users_path + "?" + bad).status, 400) << bad;
}

TEST_F(Reads, a_version_asks_for_that_version_or_a_newer_one) {
  make_users(1);
  const std::string first = std::to_string(version());
  make_users(1, "shop.v");
  EXPECT_EQ(names(get(users_path + "?resourceVersion=" + first).body).size(), 2u);
  EXPECT_EQ(names(get(users_path + "?resourceVersion=0").body).size(), 2u);
  EXPECT_EQ(names(get(users_path + "?resourceVersionMatch=Exact&resourceVersion=" + first).body).size(), 1u);
  const Answer future = get(users_path + "?resourceVersion=999999");
  EXPECT_EQ(future.status, 504);
  EXPECT_EQ(future.body["details"]["causes"][0]["reason"], "ResourceVersionTooLarge");
}

}  // namespace
}  // namespace doorward::rest
