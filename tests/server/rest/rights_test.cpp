// Who may what through the API, by the roles and bindings in the store: asked of the API as it is put
// together.
#include "server/resources/builtin_roles.hpp"
#include "server/rest/rbac_authorizer.hpp"
#include "server/rest/reviews.hpp"
#include "server/rest/served_kinds.hpp"
#include "tests/server/rest/house.hpp"

#include <algorithm>

namespace doorward::rest {
namespace {

using rbac::Caller;
using testing::HasSubstr;

const std::string roles_path = "/apis/rbac.authorization.k8s.io/v1/namespaces/team1/roles";
const std::string bindings_path = "/apis/rbac.authorization.k8s.io/v1/namespaces/team1/rolebindings";
const std::string schemas_path = "/apis/enmasse.io/v1beta1/addressspaceschemas";
const std::string can_i_path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const std::string who_am_i_path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

const std::string json_type = "application/json";
const std::string merge_patch_type = "application/merge-patch+json";

const Caller master{"admin", {std::string(rbac::masters_group), "system:authenticated"}};
const Caller ann{"ann", {"team1", "system:authenticated"}};
const Caller bob{"bob", {"system:authenticated"}};
const Caller anonymous{"system:anonymous", {"system:unauthenticated"}};

class Rights : public House {
 protected:
  void SetUp() override {
    ASSERT_TRUE(resources::write_builtin_roles(*store_));
    policy_ = resources::PolicyWatch::start(*store_).value();
    by_roles_ = std::make_unique<RbacAuthorizer>(*policy_);
    api_ = Api::make({.store = *store_,
                      .authorizer = *by_roles_,
                      .settings = options_.settings,
                      .turns = turns_,
                      .admit = admit_by(*policy_, *store_, options_.settings.infra_namespace),
                      .virtual_resources = reviews(*policy_, *store_)})
               .value();
    seed();
    caller_ = master;
    ASSERT_EQ(post(bindings_path, binding("team1-edit", "ClusterRole", "enmasse.io:tenant-edit")).status,
              201);
    ASSERT_EQ(post(users_path, federated("shop.alice")).status, 201);
  }
  void TearDown() override { api_.reset(); }

  Answer as(const Caller& caller, const std::string& method, const std::string& target,
            const json& body = nullptr) {
    caller_ = caller;
    return ask(request(method, target, body.is_null() ? "" : body.dump(),
                       method == "PATCH" ? merge_patch_type : json_type));
  }

  static json object(const char* kind, const std::string& name) {
    return {{"apiVersion", "rbac.authorization.k8s.io/v1"}, {"kind", kind}, {"metadata", {{"name", name}}}};
  }
  static json binding(const std::string& name, const char* role_kind, const std::string& role) {
    json made = object("RoleBinding", name);
    made["roleRef"] = {{"apiGroup", rbac::api_group}, {"kind", role_kind}, {"name", role}};
    made["subjects"] = json::array({{{"apiGroup", rbac::api_group}, {"kind", "Group"}, {"name", "team1"}}});
    return made;
  }
  static json role(const std::string& name, const char* group, const char* resource,
                   const std::vector<std::string>& verbs) {
    json made = object("Role", name);
    made["rules"] = json::array({{{"apiGroups", {group}}, {"resources", {resource}}, {"verbs", verbs}}});
    return made;
  }
  static json can_i(const char* verb, const char* group, const char* resource, const char* ns) {
    return {{"apiVersion", "authorization.k8s.io/v1"},
            {"kind", "SelfSubjectAccessReview"},
            {"spec",
             {{"resourceAttributes",
               {{"verb", verb}, {"group", group}, {"resource", resource}, {"namespace", ns}}}}}};
  }
  bool allowed(const Caller& caller, const json& question) {
    const Answer answer = as(caller, "POST", can_i_path, question);
    EXPECT_EQ(answer.status, 201) << answer.text();
    return answer.body["status"]["allowed"] == true;
  }

  std::unique_ptr<resources::PolicyWatch> policy_;
  std::unique_ptr<RbacAuthorizer> by_roles_;
};

TEST_F(Rights, are_asked_of_a_request_before_its_body_is_there) {
  const auto refused = [&](const Caller& caller, const std::string& method, const std::string& target) {
    caller_ = caller;
    const auto response = api_->refuse(request(method, target));
    return response ? response->status : 0;
  };
  EXPECT_EQ(refused(anonymous, "POST", users_path), 403);
  EXPECT_EQ(refused(anonymous, "POST", "/apis/x/v1/y"), 403);
  EXPECT_EQ(refused(anonymous, "POST", "/version"), 403);
  EXPECT_EQ(refused(bob, "POST", users_path), 403);
  EXPECT_EQ(refused(bob, "PATCH", users_path + "/shop.alice"), 403);
  EXPECT_EQ(refused(ann, "BREW", users_path), 405);
  EXPECT_EQ(refused(ann, "POST", users_path + "?%"), 400);
  EXPECT_EQ(refused(master, "POST", "/a"), 404);
  EXPECT_EQ(refused(ann, "POST", users_path), 0);
  EXPECT_EQ(refused(ann, "PATCH", users_path + "/shop.alice"), 0);
  EXPECT_EQ(refused(bob, "POST", can_i_path), 0);
}

TEST_F(Rights, who_may_what) {
  const std::string others = "/apis/user.enmasse.io/v1beta1/namespaces/team2/messagingusers";
  const std::string services = services_path + "/standard-authservice";
  const json fresh = federated("shop.new");
  const struct {
    const char* method;
    std::string target;
    json body;
    int of_master, of_team, of_authenticated, of_anonymous;
  } table[] = {
      {"GET", users_path, nullptr, 200, 200, 403, 403},
      {"GET", users_path + "?watch=true", nullptr, 200, 200, 403, 403},
      {"GET", users_path + "/shop.alice", nullptr, 200, 200, 403, 403},
      {"GET", users_path + "/shop.nobody", nullptr, 404, 404, 403, 403},
      {"GET", users_path + "/shop.alice/credentials", nullptr, 200, 403, 403, 403},
      {"POST", users_path + "?dryRun=All", fresh, 201, 201, 403, 403},
      {"PATCH", users_path + "/shop.alice?dryRun=All", json::object(), 200, 200, 403, 403},
      {"DELETE", users_path + "/shop.alice?dryRun=All", nullptr, 200, 200, 403, 403},
      // tenant-edit gives no deletecollection, and nothing outside of the namespace of its binding.
      {"DELETE", users_path + "?dryRun=All", nullptr, 200, 403, 403, 403},
      {"GET", all_users_path, nullptr, 200, 403, 403, 403},
      {"GET", others, nullptr, 200, 403, 403, 403},
      {"GET", services, nullptr, 200, 403, 403, 403},
      {"GET", bindings_path, nullptr, 200, 403, 403, 403},
      {"GET", schemas_path, nullptr, 200, 200, 200, 403},
      {"GET", "/nothing", nullptr, 404, 403, 403, 403},
  };
  for (const auto& row : table) {
    const auto status = [&](const Caller& caller) {
      caller_ = caller;
      const std::string body = row.body.is_null() ? "" : row.body.dump();
      const std::string type = std::string_view(row.method) == "PATCH" ? merge_patch_type : json_type;
      // Not read to its end, which a watch does not have.
      return api_->handle(request(row.method, row.target, body, type)).status;
    };
    EXPECT_EQ(status(master), row.of_master) << row.method << " " << row.target;
    EXPECT_EQ(status(ann), row.of_team) << row.method << " " << row.target;
    EXPECT_EQ(status(bob), row.of_authenticated) << row.method << " " << row.target;
    EXPECT_EQ(status(anonymous), row.of_anonymous) << row.method << " " << row.target;
  }
}

TEST_F(Rights, one_answer_for_what_is_there_and_what_is_not) {
  const auto shape = [](std::string text, const std::string& name) {
    for (std::size_t at; (at = text.find(name)) != std::string::npos;) text.replace(at, name.size(), "?");
    return text;
  };
  for (const Caller& caller : {bob, anonymous}) {
    for (const char* method : {"GET", "PUT", "PATCH", "DELETE"}) {
      const Answer there = as(caller, method, users_path + "/shop.alice");
      const Answer not_there = as(caller, method, users_path + "/shop.robert");
      EXPECT_EQ(there.status, 403) << method;
      EXPECT_EQ(shape(there.text(), "shop.alice"), shape(not_there.text(), "shop.robert")) << method;
    }
  }
}

TEST_F(Rights, a_binding_counts_as_soon_as_it_is_written_and_no_longer_than_it_is_there) {
  EXPECT_EQ(as(ann, "GET", users_path).status, 200);
  EXPECT_EQ(as(master, "DELETE", bindings_path + "/team1-edit").status, 200);
  EXPECT_EQ(as(ann, "GET", users_path).status, 403);
}

TEST_F(Rights, nobody_grants_what_he_does_not_hold) {
  const json clerk = role("clerk", "rbac.authorization.k8s.io", "*", {"create", "update", "get"});
  ASSERT_EQ(as(master, "POST", roles_path, clerk).status, 201);
  ASSERT_EQ(as(master, "POST", bindings_path, binding("clerks", "Role", "clerk")).status, 201);

  EXPECT_EQ(as(ann, "POST", roles_path, role("reader", "user.enmasse.io", "messagingusers", {"get"})).status,
            201);
  const Answer more = as(ann, "POST", roles_path,
                         role("wiper", "user.enmasse.io", "messagingusers", {"get", "deletecollection"}));
  EXPECT_EQ(more.status, 403);
  EXPECT_EQ(more.reason(), "Forbidden");
  EXPECT_THAT(more.message(), HasSubstr("attempting to grant RBAC permissions not currently held"));
  EXPECT_THAT(more.message(), HasSubstr("{APIGroups:[\"user.enmasse.io\"], Resources:[\"messagingusers\"], "
                                        "Verbs:[\"deletecollection\"]}"));
  EXPECT_FALSE(exists(key(resources::store_kind::roles, "team1", "wiper")));

  const Answer all = as(ann, "POST", bindings_path, binding("admins", "ClusterRole", "cluster-admin"));
  EXPECT_EQ(all.status, 403);
  EXPECT_THAT(all.message(), HasSubstr("the verb \"bind\" on clusterroles would allow it"));
  EXPECT_EQ(as(ann, "POST", bindings_path, binding("again", "ClusterRole", "enmasse.io:tenant-view")).status,
            201);
}

TEST_F(Rights, nobody_takes_a_realm_by_name_without_the_right_to) {
  const json space{
      {"apiVersion", "enmasse.io/v1beta1"},
      {"kind", "AddressSpace"},
      {"metadata", {{"name", "mine"}, {"annotations", {{"enmasse.io/realm-name", "team2-shop"}}}}},
      {"spec", {{"type", "brokered"}, {"plan", "small"}}}};
  const Answer refused = as(ann, "POST", spaces_path + "?dryRun=All", space);
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.message(), HasSubstr("cannot claim the realm \"team2-shop\""));
  EXPECT_EQ(as(master, "POST", spaces_path + "?dryRun=All", space).status, 201);
}

TEST_F(Rights, can_i_tells_what_the_request_itself_would_meet) {
  const json here = can_i("create", "user.enmasse.io", "messagingusers", "team1");
  const json elsewhere = can_i("create", "user.enmasse.io", "messagingusers", "team2");
  EXPECT_TRUE(allowed(master, here));
  EXPECT_TRUE(allowed(ann, here));
  EXPECT_TRUE(allowed(master, elsewhere));
  EXPECT_FALSE(allowed(ann, elsewhere));
  EXPECT_FALSE(allowed(bob, here));
  EXPECT_EQ(as(anonymous, "POST", can_i_path, here).status, 403);

  const json who{{"apiVersion", "authentication.k8s.io/v1"}, {"kind", "SelfSubjectReview"}};
  const json user = as(ann, "POST", who_am_i_path, who).body["status"]["userInfo"];
  EXPECT_EQ(user["username"], "ann");
  EXPECT_EQ(user["groups"], json(ann.groups));
  const json rules = as(bob, "POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
                        {{"kind", "SelfSubjectRulesReview"}, {"spec", {{"namespace", "team1"}}}})
                         .body["status"];
  EXPECT_EQ(rules["incomplete"], false);
  EXPECT_THAT(rules.dump(), HasSubstr("addressspaceschemas"));
  EXPECT_THAT(rules.dump(), testing::Not(HasSubstr("messagingusers")));
}

TEST_F(Rights, reviews_refuse_what_asks_nothing) {
  for (const json& body : {json::array(), json("x"), json::object(), json{{"kind", "Role"}}})
    EXPECT_EQ(as(ann, "POST", can_i_path, body).status, 400) << body;
  EXPECT_EQ(as(ann, "POST", can_i_path, {{"kind", "SelfSubjectAccessReview"}}).status, 422);
  EXPECT_EQ(as(master, "GET", can_i_path).status, 405);
}

TEST_F(Rights, an_address_access_review_answers_whoever_may_ask) {
  const std::string path = "/apis/user.enmasse.io/v1beta1/namespaces/team1/addressaccessreviews";
  json review{
      {"apiVersion", "user.enmasse.io/v1beta1"},
      {"kind", "AddressAccessReview"},
      {"spec",
       {{"addressSpace", "shop"}, {"username", "shop.alice"}, {"operation", "send"}, {"address", "orders"}}}};
  const Answer sends = as(ann, "POST", path, review);
  EXPECT_EQ(sends.status, 201);
  EXPECT_EQ(sends.body["status"]["allowed"], true) << sends.text();
  review["spec"]["operation"] = "recv";
  EXPECT_EQ(as(ann, "POST", path, review).body["status"]["allowed"], false);
  EXPECT_EQ(as(bob, "POST", path, review).status, 403);
  review["spec"]["operation"] = "eat";
  const Answer wrong = as(ann, "POST", path, review);
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(wrong.body["details"]["causes"][0]["field"], "spec.operation");
}

TEST_F(Rights, what_the_server_computes_nobody_writes) {
  ASSERT_EQ(as(master, "GET", schemas_path).status, 200);
  for (const char* method : {"POST", "DELETE"})
    EXPECT_EQ(as(master, method, schemas_path, json::object()).status, 405) << method;
  for (const char* method : {"PUT", "PATCH", "DELETE"}) {
    EXPECT_EQ(as(master, method, schemas_path + "/brokered", json::object()).status, 405) << method;
    EXPECT_EQ(as(bob, method, schemas_path + "/brokered", json::object()).status, 403) << method;
  }
}

// What discovery names is served, by the verbs that it names.
TEST_F(Rights, discovery_shows_the_reviews_that_are_served) {
  const auto served = served_kinds();
  for (const VirtualResource& one : reviews(*policy_, *store_)) {
    const auto row = std::ranges::find_if(served, [&](const Served& each) {
      return each.group == one.group && each.version == one.version && each.plural == one.plural;
    });
    ASSERT_NE(row, served.end()) << one.plural;
    EXPECT_EQ(row->kind, one.kind);
    EXPECT_EQ(row->namespaced, one.namespaced);
    EXPECT_THAT(row->verbs, testing::ElementsAre("create"));
  }
  const auto schemas = std::ranges::find(served, "addressspaceschemas", &Served::plural);
  ASSERT_NE(schemas, served.end());
  EXPECT_THAT(schemas->verbs, testing::ElementsAre("get", "list", "watch"));
}

}  // namespace
}  // namespace doorward::rest
