// Server-side apply: what a manager applies, what it takes back, and what two managers cannot both have.
#include "tests/server/rest/house.hpp"

namespace doorward::rest {
namespace {

using testing::HasSubstr;
using testing::Not;

class ServerSideApply : public House {
 protected:
  Answer apply_as(const std::string& manager, const json& config, const std::string& more = "") {
    return patch(path_ + "?fieldManager=" + manager + more, config, "application/apply-patch+yaml");
  }
  static json config(const json& labels, const json& spec = json::object()) {
    json object{{"apiVersion", "user.enmasse.io/v1beta1"},
                {"kind", "MessagingUser"},
                {"metadata", {{"name", "shop.alice"}, {"labels", labels}}},
                {"spec", {{"username", "alice"}, {"authentication", {{"type", "federated"}}}}}};
    object["spec"].update(spec);
    return object;
  }
  std::string path_ = users_path + "/shop.alice";
};

TEST_F(ServerSideApply, makes_changes_and_takes_back) {
  EXPECT_EQ(apply_as("ci", config({{"a", "1"}, {"b", "1"}})).status, 201);
  const auto made = version();
  EXPECT_EQ(apply_as("ci", config({{"a", "1"}, {"b", "1"}})).status, 200);
  EXPECT_EQ(version(), made) << "the same again is no change";
  const Answer answer = apply_as("ci", config({{"a", "2"}}));
  EXPECT_EQ(answer.body["metadata"]["labels"], json({{"a", "2"}})) << "b is no longer applied";
  const json& managed = answer.body["metadata"]["managedFields"];
  ASSERT_EQ(managed.size(), 1u);
  EXPECT_EQ(managed[0]["manager"], "ci");
  EXPECT_EQ(managed[0]["operation"], "Apply");
  EXPECT_EQ(managed[0]["fieldsV1"]["f:metadata"]["f:labels"], json({{"f:a", json::object()}}));
  EXPECT_FALSE(answer.body.contains("applied")) << "what is kept for this is not shown";
}

TEST_F(ServerSideApply, leaves_what_others_wrote) {
  ASSERT_EQ(post(users_path, config({{"theirs", "1"}})).status, 201);
  ASSERT_EQ(apply_as("ci", config({{"ours", "1"}})).status, 200);
  const Answer answer = apply_as("ci", config(json::object()));
  EXPECT_EQ(answer.body["metadata"]["labels"], json({{"theirs", "1"}}));
}

TEST_F(ServerSideApply, of_one_field_by_two_managers_is_a_conflict) {
  ASSERT_EQ(apply_as("ci", config({{"a", "1"}})).status, 201);
  EXPECT_EQ(apply_as("ops", config({{"a", "1"}})).status, 200) << "both say the same";
  const Answer answer = apply_as("ops", config({{"a", "2"}}), "&force=false");
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.reason(), "Conflict");
  EXPECT_EQ(answer.body["details"]["causes"][0]["reason"], "FieldManagerConflict");
  EXPECT_EQ(answer.body["details"]["causes"][0]["field"], ".metadata.labels.a");
  EXPECT_THAT(answer.message(), HasSubstr("conflict with \"ci\": .metadata.labels.a"));
  EXPECT_EQ(apply_as("ops", config({{"a", "2"}}), "&force=true").body["metadata"]["labels"]["a"], "2");
  EXPECT_EQ(apply_as("ops", config({{"a", "3"}})).status, 200) << "it is theirs alone now";
  EXPECT_EQ(apply_as("ci", config({{"a", "1"}})).status, 409);
}

TEST_F(ServerSideApply, keeps_what_another_manager_applies_too) {
  ASSERT_EQ(apply_as("ci", config({{"a", "1"}})).status, 201);
  ASSERT_EQ(apply_as("ops", config({{"a", "1"}})).status, 200);
  EXPECT_EQ(apply_as("ci", config(json::object())).body["metadata"]["labels"]["a"], "1");
  EXPECT_FALSE(apply_as("ops", config(json::object())).body["metadata"].contains("labels"));
}

TEST_F(ServerSideApply, passes_a_field_on_to_whoever_forces_it) {
  ASSERT_EQ(apply_as("ci", config({{"a", "1"}, {"b", "1"}})).status, 201);
  ASSERT_EQ(apply_as("ops", config({{"a", "2"}}), "&force=true").status, 200);
  EXPECT_EQ(apply_as("ci", config({{"b", "1"}})).body["metadata"]["labels"], json({{"a", "2"}, {"b", "1"}}))
      << "ci takes nothing back that ops has made its own";
  EXPECT_EQ(apply_as("ops", config(json::object())).body["metadata"]["labels"], json({{"b", "1"}}));
}

TEST_F(ServerSideApply, takes_a_list_as_one_value) {
  const auto rules = [](const std::string& address) {
    return json{{"authorization", json::array({{{"addresses", {address}}, {"operations", {"send"}}}})}};
  };
  ASSERT_EQ(apply_as("ci", config(json::object(), rules("a"))).status, 201);
  const Answer refused = apply_as("ops", config(json::object(), rules("b")));
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.body["details"]["causes"].size(), 1u);
  EXPECT_EQ(refused.body["details"]["causes"][0]["field"], ".spec.authorization");
  const Answer forced = apply_as("ops", config(json::object(), rules("b")), "&force=true");
  EXPECT_EQ(forced.body["spec"]["authorization"], rules("b")["authorization"])
      << "not one list after the other";
  EXPECT_FALSE(apply_as("ops", config(json::object())).body["spec"].contains("authorization"));
}

TEST_F(ServerSideApply, of_what_holds_a_field_and_of_what_is_in_it_is_a_conflict) {
  const std::string plan = "/apis/admin.enmasse.io/v1beta2/namespaces/team1/addressspaceplans/small";
  const auto apply = [&](const std::string& manager, const json& limits) {
    const json object{
        {"apiVersion", "admin.enmasse.io/v1beta2"},
        {"kind", "AddressSpacePlan"},
        {"metadata", {{"name", "small"}}},
        {"spec",
         {{"addressSpaceType", "standard"}, {"addressPlans", {"queue"}}, {"resourceLimits", limits}}}};
    return patch(plan + "?fieldManager=" + manager, object, "application/apply-patch+yaml");
  };
  ASSERT_EQ(apply("ci", {{"router", 1}, {"broker", 2}}).status, 201);
  EXPECT_EQ(apply("ops", json::object()).status, 200) << "an empty mapping takes nothing";
  EXPECT_EQ(apply("ops", {{"router", 1}}).status, 200);
  EXPECT_EQ(apply("ci", {{"router", 1}}).body["spec"]["resourceLimits"], json({{"router", 1}}));
  const Answer refused = apply("ops", {{"router", 3}});
  EXPECT_EQ(refused.body["details"]["causes"][0]["field"], ".spec.resourceLimits.router");
}

// Whoever creates one by hand is told no; what is applied says how things shall be, and waits for room.
TEST_F(ServerSideApply, of_a_user_beyond_its_plan_waits_where_a_creation_is_refused) {
  ASSERT_TRUE(apply(resources::service + resources::shop +
                    "---\napiVersion: admin.enmasse.io/v1beta2\nkind: AddressSpacePlan\nmetadata: {name: "
                    "small}\nspec: {addressSpaceType: brokered, addressPlans: [], resourceLimits: "
                    "{messaging-users: 1}}\n"));
  ASSERT_EQ(post(users_path, user("shop.bob", "bob")).status, 201);
  const std::string why =
      "allows 1 users (messaging-users) for each address space, and team1/shop would have 2";
  for (const std::string dry : {"?dryRun=All", ""}) {
    const Answer created = post(users_path + dry, user("shop.alice", "alice"));
    EXPECT_EQ(created.status, 403);
    EXPECT_EQ(created.reason(), "Forbidden");
    EXPECT_THAT(created.message(), HasSubstr(why));
  }
  for (const std::string dry : {"&dryRun=All", ""}) {
    const Answer applied =
        patch(path_ + "?fieldManager=ci" + dry, user("shop.alice", "alice"), "application/apply-patch+yaml");
    EXPECT_EQ(applied.status, 201) << applied.text();
    EXPECT_EQ(applied.body["status"]["phase"], "Pending");
    EXPECT_THAT(applied.warnings(), testing::Contains(HasSubstr("the user is Pending: AddressSpacePlan")));
  }
  EXPECT_FALSE(logs_in("team1-shop", "alice"));
  const Answer second = patch(users_path + "/shop.second?fieldManager=ci", user("shop.second", "bob"),
                              "application/apply-patch+yaml");
  EXPECT_EQ(second.status, 409) << second.text();
  EXPECT_THAT(second.message(), HasSubstr("\"bob\" is the username of another MessagingUser"));
  const Answer third = patch(users_path + "/shop.third?fieldManager=ci", user("shop.third", "alice"),
                             "application/apply-patch+yaml");
  EXPECT_EQ(third.status, 409) << "of one that waits, too: " << third.text();
  json label{{"metadata", {{"labels", {{"a", "b"}}}}}};
  EXPECT_EQ(patch(path_, label).body["status"]["phase"], "Pending") << "no other write lets it in";
  EXPECT_EQ(put(path_, user("shop.alice", "alice", "other")).body["status"]["phase"], "Pending");
  EXPECT_FALSE(logs_in("team1-shop", "alice", "other"));
  ASSERT_EQ(remove(users_path + "/shop.bob").status, 200);
  EXPECT_EQ(get(path_).body["status"]["phase"], "Active");
  EXPECT_TRUE(logs_in("team1-shop", "alice", "other"));
}

TEST_F(ServerSideApply, keeps_no_password_in_what_was_applied) {
  seed();
  json with_password = user("shop.alice", "alice");
  ASSERT_EQ(apply_as("ci", with_password).status, 201);
  EXPECT_TRUE(logs_in("team1-shop", "alice"));
  EXPECT_THAT(store_->get(resources::Workbench::user("shop.alice"))->document,
              Not(HasSubstr(base64_encode("pencil"))));
  with_password["spec"]["authentication"].erase("password");
  EXPECT_EQ(apply_as("ci", with_password).status, 200);
  EXPECT_TRUE(logs_in("team1-shop", "alice")) << "none means keep";
}

TEST_F(ServerSideApply, refuses_what_it_cannot_mean) {
  EXPECT_EQ(patch(path_, config({}), "application/apply-patch+yaml").status, 422) << "no manager";
  json managed = config({});
  managed["metadata"]["managedFields"] = json::array({{{"manager", "x"}}});
  EXPECT_EQ(apply_as("ci", managed).status, 400);
  EXPECT_EQ(apply_as("ci", json::array()).status, 400);
  EXPECT_EQ(apply_as(std::string(129, 'm'), config({})).status, 422);
  json unknown = config({}, {{"typo", 1}});
  EXPECT_EQ(apply_as("ci", unknown, "&fieldValidation=Strict").status, 400);
  EXPECT_EQ(apply_as("ci", config({}), "&dryRun=All").status, 201);
  EXPECT_EQ(get(path_).status, 404);
  EXPECT_EQ(
      ask(request(
              "PATCH", path_ + "?fieldManager=ci",
              "kind: MessagingUser\nmetadata: {name: shop.alice}\nspec: {username: alice, authentication: "
              "{type: federated}}\n",
              "application/apply-patch+yaml"))
          .status,
      201)
      << "YAML, as the content type says";
}

TEST_F(ServerSideApply, is_bounded_in_managers) {
  for (int i = 0; i < 32; ++i) ASSERT_LT(apply_as("m" + std::to_string(i), config({{"a", "1"}})).status, 300);
  EXPECT_EQ(apply_as("one-more", config({{"a", "1"}})).status, 422);
}

}  // namespace
}  // namespace doorward::rest
