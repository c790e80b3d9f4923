// Whose an object is: no client takes the label off, so that a folder of resources deletes what disappears
// from it, and none puts it on, so that it deletes nothing else.
#include "tests/server/rest/house.hpp"

namespace doorward::rest {
namespace {

using testing::Contains;
using testing::HasSubstr;

const std::string alice_path = users_path + "/shop.alice";
const std::string apply_type = "application/apply-patch+yaml";

class OwnerLabel : public House {
 protected:
  static std::string owner_in(const json& object) {
    return resources::text_at(object, {"metadata", "labels", resources::owner_label});
  }
};

TEST_F(OwnerLabel, stays_whatever_a_client_writes_and_the_folder_deletes_what_it_no_longer_has) {
  ASSERT_TRUE(apply(resources::service + resources::shop + resources::alice));
  ASSERT_EQ(owner_in(get(alice_path).body), "resources");
  const auto before = version();
  Answer answer = patch(alice_path, {{"metadata", {{"labels", nullptr}}}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.warnings(), Contains(HasSubstr("applied from a directory")));
  EXPECT_EQ(owner_in(answer.body), "resources");
  const json other{{std::string(resources::owner_label), "somebody"}};
  EXPECT_EQ(owner_in(patch(alice_path, {{"metadata", {{"labels", other}}}}).body), "resources");
  EXPECT_EQ(version(), before) << "nothing else was changed";

  json object = get(alice_path).body;
  object["metadata"].erase("labels");
  object["spec"]["authorization"] = json::array();
  answer = put(alice_path, object);
  EXPECT_EQ(answer.status, 200) << answer.text();
  EXPECT_EQ(owner_in(answer.body), "resources");
  EXPECT_GT(version(), before);
  const json removal = json::array({{{"op", "remove"}, {"path", "/metadata/labels"}}});
  EXPECT_EQ(owner_in(patch(alice_path, removal, "application/json-patch+json").body), "resources");
  object = user("shop.alice", "alice");
  answer = patch(alice_path + "?fieldManager=tom&force=true", object, apply_type);
  EXPECT_EQ(answer.status, 200) << answer.text();
  EXPECT_EQ(owner_in(answer.body), "resources");

  EXPECT_EQ(outcome(resources::service + resources::shop), "0 created, 0 changed, 1 deleted, 2 unchanged");
  EXPECT_FALSE(logs_in("team1-shop", "alice"));
}

TEST_F(OwnerLabel, is_put_on_nothing_by_a_client_and_the_folder_deletes_nothing_that_it_has_not_applied) {
  seed();
  json object = user("shop.alice", "alice");
  object["metadata"]["labels"] = {{std::string(resources::owner_label), "resources"}, {"a", "b"}};
  Answer answer = post(users_path, object);
  EXPECT_EQ(answer.status, 201) << answer.text();
  EXPECT_EQ(answer.body["metadata"]["labels"], (json{{"a", "b"}}));
  EXPECT_EQ(owner_in(put(alice_path, object).body), "");
  answer = patch(alice_path + "?fieldManager=tom&force=true", object, apply_type);
  EXPECT_EQ(answer.status, 200) << answer.text();
  EXPECT_EQ(owner_in(answer.body), "");
  EXPECT_EQ(outcome(resources::service + resources::shop), "0 created, 0 changed, 0 deleted, 2 unchanged");
  EXPECT_TRUE(logs_in("team1-shop", "alice"));
}

}  // namespace
}  // namespace doorward::rest
