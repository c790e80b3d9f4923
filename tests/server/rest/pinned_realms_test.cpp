// The realms that services are pinned to: who may take one for an address space.
#include "server/resources/builtin_roles.hpp"
#include "server/rest/rbac_authorizer.hpp"
#include "tests/server/rest/house.hpp"

namespace doorward::rest {
namespace {

using rbac::Caller;
using testing::HasSubstr;

const Caller master{"admin", {std::string(rbac::masters_group), "system:authenticated"}};
const Caller ann{"ann", {"team1", "system:authenticated"}};  // may claim team1-shop
const Caller bob{"bob", {"team1", "system:authenticated"}};  // may claim acme.example

const std::string roles = R"(---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: team1-edit, namespace: team1}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "enmasse.io:tenant-edit"}
subjects: [{kind: Group, name: team1}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: claims}
rules: [{apiGroups: [enmasse.io], resources: [realms], resourceNames: [acme.example], verbs: [claim]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: claims}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: claims}
subjects: [{kind: User, name: bob}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: keeps}
rules:
- {apiGroups: [enmasse.io], resources: [realms], resourceNames: [team1-shop], verbs: [claim]}
- {apiGroups: [enmasse.io], resources: [addressspaces/status], verbs: [update]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: keeps}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: keeps}
subjects: [{kind: User, name: ann}]
)";

class PinnedRealms : public House {
 protected:
  void SetUp() override {
    ASSERT_TRUE(resources::write_builtin_roles(*store_));
    options_.prune = false;
    ASSERT_TRUE(apply(roles));
    policy_ = resources::PolicyWatch::start(*store_).value();
    by_roles_ = std::make_unique<RbacAuthorizer>(*policy_);
    api_ = Api::make({.store = *store_,
                      .authorizer = *by_roles_,
                      .settings = options_.settings,
                      .turns = turns_,
                      .admit = admit_by(*policy_, *store_, options_.settings.infra_namespace)})
               .value();
    seed();
  }
  void TearDown() override { api_.reset(); }

  Answer as(const Caller& caller, const std::string& method, const std::string& target,
            const json& body = nullptr) {
    caller_ = caller;
    return ask(request(method, target, body.is_null() ? "" : body.dump(),
                       method == "PATCH" ? "application/merge-patch+json" : "application/json"));
  }

  std::unique_ptr<resources::PolicyWatch> policy_;
  std::unique_ptr<RbacAuthorizer> by_roles_;
};

TEST_F(PinnedRealms, are_taken_by_nobody_who_may_not_claim_them) {
  ASSERT_EQ(as(master, "POST", services_path,
               {{"apiVersion", "admin.enmasse.io/v1beta1"},
                {"kind", "AuthenticationService"},
                {"metadata", {{"name", "acme"}}},
                {"spec", {{"type", "standard"}, {"realm", "acme.example"}}}})
                .status,
            201);
  json space{{"apiVersion", "enmasse.io/v1beta1"},
             {"kind", "AddressSpace"},
             {"metadata", {{"name", "mine"}}},
             {"spec", {{"type", "brokered"}, {"plan", "small"}}}};
  const Answer unnamed = as(ann, "POST", spaces_path + "?dryRun=All", space);
  EXPECT_EQ(unnamed.status, 201) << unnamed.text();
  EXPECT_EQ(unnamed.body["status"]["realm"], "team1-mine");

  space["spec"]["authenticationService"]["name"] = "acme";
  const Answer refused = as(ann, "POST", spaces_path, space);
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.message(), HasSubstr("cannot claim the realm \"acme.example\": it needs the verb "
                                           "\"claim\" on realms in API group \"enmasse.io\" at the cluster "
                                           "scope; AuthenticationService default/acme is pinned to it"));
  const json by_patch{{"spec", {{"authenticationService", {{"name", "acme"}}}}}};
  EXPECT_EQ(as(ann, "PATCH", spaces_path + "/shop", by_patch).status, 403);
  EXPECT_EQ(as(ann, "PATCH", spaces_path + "/shop",
               {{"metadata", {{"annotations", {{"enmasse.io/realm-name", "team1-shop"}}}}},
                {"spec", {{"authenticationService", {{"name", "acme"}}}}}})
                .status,
            403)
      << "nor is it kept from others";

  ASSERT_EQ(as(bob, "POST", spaces_path, space).body["status"]["realm"], "acme.example") << "who may";
  const json label{{"metadata", {{"labels", {{"app", "x"}}}}}};
  EXPECT_EQ(as(ann, "PATCH", spaces_path + "/mine", label).status, 200) << "what it has, it keeps";
}

TEST_F(PinnedRealms, are_not_taken_by_naming_the_service_before_it_is_there) {
  const std::string acme = resources::service_yaml("acme", "standard", "  realm: acme.example\n");
  const json named{{"spec", {{"authenticationService", {{"name", "acme"}}}}}};
  ASSERT_EQ(as(ann, "PATCH", spaces_path + "/shop", named).status, 200);
  ASSERT_TRUE(apply(acme));
  const json label{{"metadata", {{"labels", {{"app", "x"}}}}}};
  EXPECT_EQ(as(ann, "PATCH", spaces_path + "/shop", label).status, 403);
  EXPECT_EQ(as(ann, "GET", spaces_path + "/shop").body["status"]["realm"], "team1-shop");
  json silent = as(ann, "GET", spaces_path + "/shop").body;
  silent["spec"].erase("authenticationService");
  EXPECT_EQ(as(ann, "PUT", spaces_path + "/shop/status", silent).status, 403)
      << "what is stored counts, and not what came with the status";
  EXPECT_EQ(as(ann, "PATCH", spaces_path + "/shop", {{"spec", {{"authenticationService", nullptr}}}}).status,
            200);
  EXPECT_EQ(as(ann, "GET", spaces_path + "/shop").body["status"]["realm"], "team1-shop");
  ASSERT_EQ(as(master, "PATCH", spaces_path + "/shop", named).status, 200);
  EXPECT_EQ(as(ann, "GET", spaces_path + "/shop").body["status"]["realm"], "acme.example");
}

}  // namespace
}  // namespace doorward::rest
