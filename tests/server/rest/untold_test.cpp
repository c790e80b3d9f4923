// What the API does not tell to whoever may not read it: which object of another namespace has what he wants.
#include "tests/server/rest/house.hpp"

namespace doorward::rest {
namespace {

using testing::HasSubstr;
using testing::Not;

// Ann may do everything, but for whatever is in the namespace `theirs`.
class AnnSeesNotTheirs final : public Authorizer {
 public:
  Decision decide(const rbac::Caller& caller, const rbac::Access& access) const override {
    return {.allowed = caller.username != "ann" || access.ns != "theirs", .reason = {}};
  }
};

class Untold : public House {
 protected:
  Untold() {
    api_ = Api::make({.store = *store_,
                      .authorizer = ann_sees_not_theirs_,
                      .settings = options_.settings,
                      .turns = turns_})
               .value();
  }
  void TearDown() override { api_.reset(); }

  void be_ann() { caller_ = {"ann", {}}; }
  void be_admin() { caller_ = {"admin", {std::string(rbac::masters_group)}}; }

  json post_space(const std::string& ns, const std::string& name, int status) {
    const Answer answer = post("/apis/enmasse.io/v1beta1/namespaces/" + ns + "/addressspaces",
                               {{"apiVersion", "enmasse.io/v1beta1"},
                                {"kind", "AddressSpace"},
                                {"metadata", {{"name", name}}},
                                {"spec",
                                 {{"type", "brokered"},
                                  {"plan", "small"},
                                  {"authenticationService", {{"name", "standard-authservice"}}}}}});
    EXPECT_EQ(answer.status, status) << answer.text();
    return answer.body;
  }

  AnnSeesNotTheirs ann_sees_not_theirs_;
};

const std::string by_name = "  authenticationService: {name: standard-authservice}\n";

TEST_F(Untold, is_who_has_a_realm_elsewhere) {
  ASSERT_TRUE(apply(resources::service + resources::space_yaml("theirs", "x-y")));
  be_ann();
  const json refused = post_space("theirs-x", "y", 409);
  EXPECT_THAT(refused["message"].get<std::string>(),
              HasSubstr("the realm \"theirs-x-y\" is that of another address space: name another one with"));
  EXPECT_THAT(refused.dump(), Not(HasSubstr("theirs/x-y")));
  be_admin();
  EXPECT_THAT(post_space("theirs-x", "y", 409)["message"].get<std::string>(),
              HasSubstr("AddressSpace theirs/x-y"));
}

TEST_F(Untold, is_who_has_a_pinned_service_elsewhere) {
  ASSERT_TRUE(apply(resources::service_yaml("standard-authservice", "standard", "  realm: pinned\n") +
                    resources::space_yaml("theirs", "secret", by_name)));
  be_ann();
  const json refused = post_space("mine", "lab", 409);
  EXPECT_THAT(refused["message"].get<std::string>(), HasSubstr("and another address space has it"));
  EXPECT_THAT(refused.dump(), Not(HasSubstr("theirs")));
  be_admin();
  EXPECT_THAT(post_space("mine", "lab", 409)["message"].get<std::string>(),
              HasSubstr("and AddressSpace theirs/secret has it"));
}

TEST_F(Untold, is_whose_spaces_would_be_in_conflict) {
  ASSERT_TRUE(apply(resources::service + resources::space_yaml("theirs", "one", by_name) +
                    resources::space_yaml("theirs", "two", by_name)));
  const json pin{{"spec", {{"realm", "pinned"}}}};
  const std::string path = services_path + "/standard-authservice";
  be_ann();
  const Answer refused = patch(path, pin);
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.message(), HasSubstr("an object that you may not read would be in conflict"));
  EXPECT_THAT(refused.text(), Not(HasSubstr("theirs")));
  be_admin();
  EXPECT_THAT(patch(path, pin).message(), HasSubstr("AddressSpace theirs/one would be in conflict"));
}

}  // namespace
}  // namespace doorward::rest
