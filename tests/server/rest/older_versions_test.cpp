// Versions that EnMasse had before the current ones: the same objects under another name.
#include "tests/server/rest/house.hpp"

namespace doorward::rest {
namespace {

const std::string old_users_path = "/apis/user.enmasse.io/v1alpha1/namespaces/team1/messagingusers";
const std::string current = "user.enmasse.io/v1beta1", old = "user.enmasse.io/v1alpha1";

class OlderVersions : public House {
 protected:
  OlderVersions() { seed(); }

  static json old_user() {
    json object = federated("shop.alice");
    object["apiVersion"] = old;
    return object;
  }
};

TEST_F(OlderVersions, answer_in_the_version_that_was_asked_for) {
  const Answer made = post(old_users_path, old_user());
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.body["apiVersion"], old);
  EXPECT_EQ(get(old_users_path + "/shop.alice").body["apiVersion"], old);
  EXPECT_EQ(get(users_path + "/shop.alice").body["apiVersion"], current);
  const json list = get(old_users_path).body;
  EXPECT_EQ(list["apiVersion"], old);
  ASSERT_EQ(list["items"].size(), 1u);
  EXPECT_EQ(list["items"][0]["apiVersion"], old);
  const auto watch = api_->handle(request("GET", old_users_path + "?watch=true")).stream;
  EXPECT_EQ(json::parse(*watch->next(std::chrono::steady_clock::now()))["object"]["apiVersion"], old);
  EXPECT_EQ(remove(old_users_path + "/shop.alice").status, 200);
  EXPECT_EQ(get(users_path + "/shop.alice").status, 404);
}

TEST_F(OlderVersions, are_stored_as_the_current_one_so_that_the_other_changes_nothing) {
  json annotated = old_user();
  annotated["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] =
      old_user().dump() + "\n";
  ASSERT_EQ(post(old_users_path, annotated).status, 201);
  const auto made = version();
  EXPECT_EQ(
      document({std::string(resources::store_kind::messaging_users), "team1", "shop.alice"})["apiVersion"],
      current);
  json object = get(users_path + "/shop.alice").body;
  EXPECT_EQ(put(users_path + "/shop.alice", object).status, 200);
  object = get(old_users_path + "/shop.alice").body;
  EXPECT_EQ(object["metadata"]["annotations"], annotated["metadata"]["annotations"]);
  EXPECT_EQ(put(old_users_path + "/shop.alice", object).status, 200);
  EXPECT_EQ(patch(old_users_path + "/shop.alice", {{"apiVersion", old}}).body["apiVersion"], old);
  EXPECT_EQ(patch(users_path + "/shop.alice", {{"apiVersion", old}}).body["apiVersion"], current);
  EXPECT_EQ(version(), made);
  EXPECT_EQ(
      patch(old_users_path + "/shop.alice?fieldManager=m", old_user(), "application/apply-patch+yaml").status,
      200);
}

TEST_F(OlderVersions, are_none_that_never_were) {
  EXPECT_EQ(get("/apis/user.enmasse.io/v1/namespaces/team1/messagingusers").status, 404);
  EXPECT_EQ(get("/apis/admin.enmasse.io/v1alpha1/namespaces/team1/addressplans").status, 404);
  json never = old_user();
  never["apiVersion"] = "user.enmasse.io/v1";
  EXPECT_EQ(post(old_users_path, never).status, 400);
}

}  // namespace
}  // namespace doorward::rest
