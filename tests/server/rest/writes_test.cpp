// create, update, patch, delete: what is stored, what is answered, and what is refused.
#include "tests/server/rest/house.hpp"

#include <set>
#include <thread>

namespace doorward::rest {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string json_patch_type = "application/json-patch+json";

class WritesOf : public House {
 protected:
  json make(const json& object) {
    const Answer answer = post(users_path, object);
    EXPECT_EQ(answer.status, 201) << answer.text();
    return answer.body;
  }
  std::string alice_path_ = users_path + "/shop.alice";
};

TEST_F(WritesOf, a_user_is_made_and_logs_in) {
  seed();
  const Answer answer =
      post(users_path + "?fieldManager=kubectl-create&fieldValidation=Strict", user("shop.alice", "alice"));
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body["metadata"]["namespace"], "team1");
  EXPECT_EQ(answer.body["status"]["phase"], "Active");
  EXPECT_TRUE(logs_in("team1-shop", "alice"));
  const Answer again = post(users_path, user("shop.alice", "alice"));
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.reason(), "AlreadyExists");
  EXPECT_EQ(again.message(), "messagingusers.user.enmasse.io \"shop.alice\" already exists");
}

TEST_F(WritesOf, a_user_waits_for_its_address_space) {
  ASSERT_TRUE(apply(resources::service));
  EXPECT_EQ(make(user("shop.alice", "alice"))["status"]["phase"], "Pending");
  const json space{{"apiVersion", "enmasse.io/v1beta1"},
                   {"kind", "AddressSpace"},
                   {"metadata", {{"name", "shop"}}},
                   {"spec", {{"type", "brokered"}, {"plan", "small"}}}};
  ASSERT_EQ(post(spaces_path, space).status, 201);
  EXPECT_EQ(get(alice_path_).body["status"]["phase"], "Active");
  ASSERT_EQ(remove(spaces_path + "/shop").status, 200);
  EXPECT_EQ(get(alice_path_).status, 404) << "goes with its address space";
}

TEST_F(WritesOf, the_same_again_is_no_change) {
  seed();
  json object = user("shop.alice", "alice");
  const json made = make(object);
  const auto before = version();
  EXPECT_EQ(put(alice_path_, object).body, made);
  EXPECT_EQ(patch(alice_path_, object).body, made) << "the same password is the same";
  EXPECT_EQ(version(), before);
  object["spec"]["authentication"].erase("password");
  EXPECT_EQ(put(alice_path_, object).body, made) << "none means keep";
  EXPECT_EQ(version(), before);
  object["spec"]["authentication"]["password"] = base64_encode("eraser");
  EXPECT_EQ(put(alice_path_, object).body["metadata"]["generation"], 2);
  EXPECT_TRUE(logs_in("team1-shop", "alice", "eraser"));
}

TEST_F(WritesOf, a_stale_version_is_a_conflict) {
  json object = make(federated("shop.alice"));
  json changed = object;
  changed["metadata"]["labels"] = {{"a", "b"}};
  ASSERT_EQ(put(alice_path_, changed).status, 200);
  changed["metadata"]["labels"] = {{"a", "c"}};
  const Answer answer = put(alice_path_, changed);
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.reason(), "Conflict");
  EXPECT_THAT(answer.message(), HasSubstr("the object has been modified"));
  changed["metadata"].erase("resourceVersion");
  EXPECT_EQ(put(alice_path_, changed).status, 200) << "without one it does not matter";
  EXPECT_EQ(patch(alice_path_, {{"metadata", {{"resourceVersion", "1"}, {"labels", {{"x", "y"}}}}}}).status,
            409);
  EXPECT_EQ(patch(alice_path_, {{"metadata", {{"uid", "another"}}}}).status, 409);
}

TEST_F(WritesOf, one_user_only_can_stand_for_a_name_at_a_provider) {
  const auto named = [](const std::string& name, const std::string& federated_name) {
    json object = federated(name);
    object["spec"]["authentication"]["provider"] = "staff";
    object["spec"]["authentication"]["federatedUsername"] = federated_name;
    return object;
  };
  make(named("shop.alice", "alice@EXAMPLE.COM"));
  make(named("shop.bob", "Alice@EXAMPLE.COM"));
  const Answer answer = post(users_path, named("shop.carol", "alice@EXAMPLE.COM"));
  EXPECT_EQ(answer.status, 409);
  EXPECT_THAT(answer.message(), HasSubstr("is MessagingUser team1/shop.alice in the same address space"));
  json object = named("shop.alice", "alice@EXAMPLE.COM");
  object["metadata"]["labels"] = {{"a", "b"}};
  EXPECT_EQ(put(alice_path_, object).status, 200) << "whoever has it may be written";
  object["spec"]["authentication"]["federatedUsername"] = "Alice@EXAMPLE.COM";
  EXPECT_EQ(put(alice_path_, object).status, 409);
}

TEST_F(WritesOf, what_contradicts_the_path_is_refused) {
  make(federated("shop.alice"));
  json object = federated("shop.alice");
  object["metadata"]["resourceVersion"] = "7";
  object["metadata"]["name"] = "shop.new";
  EXPECT_EQ(post(users_path, object).status, 400) << "a version of what is not there";
  EXPECT_EQ(put(alice_path_, federated("shop.bob")).status, 400) << "another name";
  EXPECT_EQ(put(users_path + "/shop.bob", federated("shop.bob")).status, 404) << "not there";
  object = federated("shop.alice");
  object["metadata"]["namespace"] = "team2";
  EXPECT_EQ(put(alice_path_, object).status, 400) << "another namespace";
  object = federated("shop.alice");
  object["kind"] = "AddressSpace";
  EXPECT_EQ(put(alice_path_, object).status, 400) << "another kind";
  for (const char* body : {"", "[]", "null", "1", "{", "{\"metadata\":[]}", "nonsense"})
    EXPECT_EQ(ask(request("PUT", alice_path_, body)).status, 400) << body;
  EXPECT_EQ(ask(request("PUT", alice_path_, "{}", "text/plain")).status, 415);
  EXPECT_EQ(ask(request("POST", users_path, "{}", "application/vnd.kubernetes.protobuf")).status, 400);
}

TEST_F(WritesOf, faults_of_an_object_are_listed_with_their_fields) {
  json object = user("shop.alice", "ALICE");
  object["spec"]["authorization"][0]["operations"] = {"fly"};
  object["spec"]["authentication"].erase("type");
  const Answer answer = post(users_path, object);
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.reason(), "Invalid");
  std::set<std::string> fields;
  for (const auto& cause : answer.body["details"]["causes"]) fields.insert(cause["field"]);
  EXPECT_EQ(fields, (std::set<std::string>{"spec.username", "spec.authorization[0].operations[0]",
                                           "spec.authentication.type"}));
  EXPECT_THAT(post(users_path, user("NO NAME", "x")).message(), HasSubstr("metadata.name"));
  EXPECT_EQ(post(users_path, user("", "x")).status, 422);
  EXPECT_EQ(post(users_path, user("shop.b", "b", "")).status, 422) << "no password";
}

TEST_F(WritesOf, one_username_is_one_users) {
  seed();
  make(user("shop.alice", "alice"));
  for (const char* dry : {"", "?dryRun=All"}) {
    const Answer answer = post(users_path + dry, user("shop.other", "alice"));
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.body["details"]["causes"][0]["field"], "spec.username");
  }
  EXPECT_EQ(patch(alice_path_, {{"spec", {{"username", "alicia"}}}}).status, 200);
  EXPECT_FALSE(logs_in("team1-shop", "alice")) << "the old name stops working";
  EXPECT_TRUE(logs_in("team1-shop", "alicia"));
  EXPECT_EQ(post(users_path, user("shop.other", "alice")).status, 201);
}

TEST_F(WritesOf, a_dry_run_shows_what_would_be_and_stores_nothing) {
  seed();
  const auto before = version();
  Answer answer = post(users_path + "?dryRun=All", user("shop.alice", "alice"));
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body["status"]["phase"], "Active");
  EXPECT_EQ(version(), before);
  make(user("shop.alice", "alice"));
  const auto made = version();
  answer = patch(alice_path_ + "?dryRun=All", {{"spec", {{"username", "bob"}}}});
  EXPECT_EQ(answer.body["spec"]["username"], "bob");
  EXPECT_EQ(answer.body["metadata"]["generation"], 2);
  EXPECT_EQ(answer.body["metadata"]["resourceVersion"], std::to_string(made));
  EXPECT_EQ(remove(alice_path_ + "?dryRun=All").status, 200);
  EXPECT_EQ(remove(alice_path_, R"({"dryRun":["All"]})").status, 200);
  EXPECT_EQ(remove(users_path + "?dryRun=All").status, 200);
  EXPECT_EQ(version(), made);
  EXPECT_EQ(remove(alice_path_ + "?dryRun=Some").status, 422);
}

TEST_F(WritesOf, unknown_and_doubled_fields_are_refused_warned_of_or_passed_over) {
  const std::string body =
      R"({"apiVersion":"user.enmasse.io/v1beta1","kind":"MessagingUser","metadata":{"name":"shop.NAME"},
          "spec":{"username":"x","username":"NAME","typo":1,"authentication":{"type":"federated"}}})";
  const auto send = [&](const std::string& name, const std::string& how) {
    std::string text = body;
    for (std::size_t at; (at = text.find("NAME")) != std::string::npos;) text.replace(at, 4, name);
    return ask(request("POST", users_path + how, text));
  };
  Answer answer = send("a", "?fieldValidation=Strict");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.message(),
              HasSubstr("strict decoding error: unknown field \"spec.typo\", duplicate field "
                        "\"spec.username\""));
  for (const char* how : {"", "?fieldValidation=Warn"}) {
    answer = send(*how == 0 ? "b" : "c", how);
    EXPECT_EQ(answer.status, 201);
    EXPECT_THAT(answer.warnings(), ElementsAre("299 - \"unknown field \\\"spec.typo\\\"\"",
                                               "299 - \"duplicate field \\\"spec.username\\\"\""));
    EXPECT_FALSE(answer.body["spec"].contains("typo"));
  }
  answer = send("d", "?fieldValidation=Ignore");
  EXPECT_EQ(answer.status, 201);
  EXPECT_THAT(answer.warnings(), IsEmpty());
  EXPECT_EQ(send("e", "?fieldValidation=Perhaps").status, 422);
}

TEST_F(WritesOf, writers_are_warned_of_what_may_not_mean_what_they_think) {
  json object = federated("shop.alice");
  object["spec"]["authorization"] = json::array({{{"addresses", {"a.#"}}, {"operations", {"send", "view"}}}});
  EXPECT_THAT(post(users_path, object).warnings(), Contains(HasSubstr("monitor")));
  ASSERT_TRUE(apply(resources::user_yaml("team1", "shop.bob", "bob")));
  EXPECT_THAT(patch(users_path + "/shop.bob", {{"metadata", {{"labels", {{"a", "b"}}}}}}).warnings(),
              Contains(HasSubstr("applied from a directory")));
  EXPECT_THAT(remove(users_path + "/shop.bob").warnings(), Contains(HasSubstr("applied from a directory")));
}

TEST_F(WritesOf, whoever_deletes_an_address_space_is_told_what_goes_with_it) {
  const auto address = [](const std::string& name) {
    return "---\napiVersion: enmasse.io/v1beta1\nkind: Address\nmetadata: {namespace: team1, name: shop." +
           name + "}\nspec: {address: " + name + ", type: queue, plan: small}\n";
  };
  ASSERT_TRUE(apply(resources::shop + resources::space_yaml("team1", "empty") + resources::alice +
                    resources::user_yaml("team1", "shop.bob", "bob") + address("orders")));
  const auto told = Contains(HasSubstr("takes its users and addresses with it: 2 users, 1 address"));
  EXPECT_THAT(remove(spaces_path + "/empty").warnings(), Not(Contains(HasSubstr("takes its users"))));
  EXPECT_THAT(remove(spaces_path + "/shop?dryRun=All").warnings(), told);
  EXPECT_THAT(remove(spaces_path + "?dryRun=All").warnings(), told);
  EXPECT_EQ(get(users_path).body["items"].size(), 2u) << "nothing is done yet";
  EXPECT_THAT(remove(spaces_path + "/shop").warnings(), told);
  EXPECT_EQ(get(users_path).body["items"].size(), 0u);
}

TEST_F(WritesOf, a_database_that_is_not_used_is_warned_of_once) {
  json service{{"apiVersion", "admin.enmasse.io/v1beta1"},
               {"kind", "AuthenticationService"},
               {"metadata", {{"name", "x"}}},
               {"spec", {{"type", "standard"}, {"standard", {{"datasource", {{"type", "postgresql"}}}}}}}};
  const Answer made = post(services_path, service);
  EXPECT_THAT(made.warnings(), ElementsAre(HasSubstr("is not used: doorward keeps users in its own store")));
  EXPECT_THAT(made.body["status"]["message"].get<std::string>(), HasSubstr("is not used"));
  EXPECT_THAT(put(services_path + "/x", service).warnings(), IsEmpty());
  service["spec"]["standard"]["datasource"]["type"] = "h2";
  EXPECT_THAT(put(services_path + "/x", service).warnings(), IsEmpty());
  EXPECT_FALSE(get(services_path + "/x").body["status"].contains("message"));
}

TEST_F(WritesOf, patches_of_each_kind) {
  make(federated("shop.alice"));
  EXPECT_EQ(
      patch(alice_path_, {{"metadata", {{"labels", {{"a", "1"}, {"b", "2"}}}}}}).body["metadata"]["labels"],
      json({{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(patch(alice_path_, {{"metadata", {{"labels", {{"a", nullptr}}}}}}).body["metadata"]["labels"],
            json({{"b", "2"}}));
  const auto with = [&](const char* operations) {
    return patch(alice_path_, json::parse(operations), json_patch_type);
  };
  EXPECT_EQ(with(R"([{"op":"test","path":"/metadata/labels/b","value":"2"},
                     {"op":"replace","path":"/metadata/labels/b","value":"3"}])")
                .body["metadata"]["labels"]["b"],
            "3");
  const Answer failed = with(R"([{"op":"test","path":"/metadata/labels/b","value":"2"}])");
  EXPECT_EQ(failed.status, 422);
  for (const char* bad : {R"([{"op":"fly","path":"/a"}])", R"([{"op":"add","path":"a","value":1}])",
                          R"([{"op":"add","path":"/a"}])", R"([{"op":"move","path":"/a"}])", "[1]", "{}",
                          R"([{"op":1,"path":"/a"}])"})
    EXPECT_EQ(with(bad).status, 400) << bad;
  for (const char* bad :
       {R"([{"op":"remove","path":"/nothing"}])",
        R"([{"op":"add","path":"/spec/authorization/99","value":1}])", R"([{"op":"remove","path":""}])",
        R"([{"op":"add","path":"/spec/authorization/18446744073709551616","value":1}])",
        R"([{"op":"replace","path":"/~2","value":1}])"})
    EXPECT_GE(with(bad).status, 400) << bad;
  EXPECT_EQ(patch(alice_path_, json::object(), "application/strategic-merge-patch+json").status, 415);
  EXPECT_EQ(patch(alice_path_, json::object(), "application/json").status, 415);
  EXPECT_EQ(patch(users_path + "/shop.nobody", json::object()).status, 404);
  json many = json::array();
  for (int i = 0; i < 1'001; ++i)
    many.push_back({{"op", "test"}, {"path", "/kind"}, {"value", "MessagingUser"}});
  EXPECT_EQ(patch(alice_path_, many, json_patch_type).status, 413);
  many.erase(0);
  EXPECT_EQ(patch(alice_path_, many, json_patch_type).status, 200);
}

TEST_F(WritesOf, copies_in_a_patch_cannot_fill_the_memory) {
  make(federated("shop.alice"));
  json doubling = json::array(
      {{{"op", "add"}, {"path", "/metadata/annotations"}, {"value", {{"a", std::string(1'000, 'x')}}}}});
  for (int i = 0; i < 40; ++i)
    doubling.push_back(
        {{"op", "copy"}, {"from", "/metadata"}, {"path", "/metadata/annotations/c" + std::to_string(i)}});
  EXPECT_EQ(patch(alice_path_, doubling, json_patch_type).status, 422);
}

TEST_F(WritesOf, a_name_is_made_from_a_prefix) {
  json object = federated("shop.a");
  object["metadata"] = {{"generateName", "shop.user-"}};
  std::set<std::string> names;
  for (int i = 0; i < 3; ++i) {
    object["spec"]["username"] = "user" + std::to_string(i);
    names.insert(make(object)["metadata"]["name"].get<std::string>());
  }
  EXPECT_EQ(names.size(), 3u);
  EXPECT_THAT(*names.begin(), testing::StartsWith("shop.user-"));
}

TEST_F(WritesOf, deletions_look_at_their_preconditions) {
  const json made = make(federated("shop.alice"));
  const std::string uid = made["metadata"]["uid"], now = made["metadata"]["resourceVersion"];
  const auto with = [&](const json& preconditions) {
    return remove(
        alice_path_,
        json({{"kind", "DeleteOptions"}, {"apiVersion", "v1"}, {"preconditions", preconditions}}).dump());
  };
  EXPECT_EQ(with({{"uid", "another"}}).status, 409);
  EXPECT_EQ(with({{"resourceVersion", "1234"}}).status, 409);
  const Answer answer = with({{"uid", uid}, {"resourceVersion", now}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["status"], "Success");
  EXPECT_EQ(answer.body["details"]["name"], "shop.alice");
  EXPECT_EQ(answer.body["details"]["uid"], uid);
  EXPECT_EQ(remove(alice_path_).status, 404);
}

TEST_F(WritesOf, a_collection_is_deleted_as_selected) {
  for (const char* name : {"shop.a", "shop.b", "shop.c"}) {
    json object = federated(name);
    object["metadata"]["labels"] = {{"name", std::string(name).substr(5)}};
    make(object);
  }
  EXPECT_EQ(remove(users_path + "?labelSelector=name+in+(a,b)").status, 200);
  EXPECT_EQ(get(users_path).body["items"].size(), 1u);
  EXPECT_EQ(remove(all_users_path).status, 405) << "of one namespace only";
  EXPECT_EQ(remove(users_path).status, 200);
  EXPECT_EQ(get(users_path).body["items"].size(), 0u);
}

TEST_F(WritesOf, the_status_is_the_servers) {
  seed();
  json object = make(user("shop.alice", "alice"));
  object["status"]["phase"] = "Failed";
  object["spec"]["username"] = "bob";
  const Answer answer = put(alice_path_ + "/status", object);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["status"]["phase"], "Active");
  EXPECT_EQ(answer.body["spec"]["username"], "alice") << "the subresource takes no spec";
  object["spec"]["username"] = "alice";
  object["metadata"].erase("resourceVersion");
  EXPECT_EQ(put(alice_path_, object).body["status"]["phase"], "Active");
}

TEST_F(WritesOf, of_many_at_once_lose_nothing) {
  seed();
  make(user("shop.alice", "alice"));
  constexpr int writers = 4, each = 25;
  std::vector<std::thread> threads;
  std::atomic<int> done = 0;
  for (int i = 0; i < writers; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < each; ++j) {
        const std::string label = "w" + std::to_string(i) + "-" + std::to_string(j);
        if (patch(alice_path_, {{"metadata", {{"labels", {{label, "x"}}}}}}).status == 200) ++done;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(done, writers * each);
  EXPECT_EQ(get(alice_path_).body["metadata"]["labels"].size(), static_cast<std::size_t>(writers * each));
}

}  // namespace
}  // namespace doorward::rest
