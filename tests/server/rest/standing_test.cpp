// Watches end with the right to them, be it a binding or a token that is gone, and what comes after is not
// sent.
#include "server/rest/standing.hpp"

#include "server/resources/builtin_roles.hpp"
#include "server/rest/rbac_authorizer.hpp"
#include "tests/server/rest/house.hpp"

namespace doorward::rest {
namespace {

using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

const std::string bindings_path = "/apis/rbac.authorization.k8s.io/v1/namespaces/team1/rolebindings";

class WatchersRights : public House {
 protected:
  void SetUp() override {
    ASSERT_TRUE(resources::write_builtin_roles(*store_));
    policy_ = resources::PolicyWatch::start(*store_).value();
    by_roles_ = std::make_unique<RbacAuthorizer>(*policy_);
    api_ = Api::make(
               {.store = *store_, .authorizer = *by_roles_, .settings = options_.settings, .turns = turns_})
               .value();
    seed();
    ASSERT_EQ(post(bindings_path, binding()).status, 201);
  }
  void TearDown() override { api_.reset(); }

  static json binding() {
    return {{"apiVersion", "rbac.authorization.k8s.io/v1"},
            {"kind", "RoleBinding"},
            {"metadata", {{"name", "view"}}},
            {"roleRef",
             {{"apiGroup", rbac::api_group}, {"kind", "ClusterRole"}, {"name", "enmasse.io:tenant-view"}}},
            {"subjects", json::array({{{"apiGroup", rbac::api_group}, {"kind", "User"}, {"name", "ann"}}})}};
  }
  // Of the users of team1, by ann, who counts in `asked_` how often she is asked who she is.
  std::shared_ptr<Stream> watch(const std::string& more = "") {
    Request request =
        this->request("GET", users_path + "?watch=true&resourceVersion=" + std::to_string(version()) + more);
    request.caller = {"ann", {std::string(rbac::authenticated_group)}};
    request.identify_again = [this]() -> std::expected<rbac::Caller, Response> {
      ++asked_;
      if (refusal_.status != 200) return std::unexpected(refusal_);
      return ann_;
    };
    const Response response = api_->handle(request);
    EXPECT_TRUE(response.stream) << response.body;
    return response.stream;
  }
  static json event(const std::shared_ptr<Stream>& stream) {
    const auto piece = stream->next(Clock::now());
    return piece ? json::parse(*piece, nullptr, false) : json();
  }

  std::unique_ptr<resources::PolicyWatch> policy_;
  std::unique_ptr<RbacAuthorizer> by_roles_;
  rbac::Caller ann_{"ann", {std::string(rbac::authenticated_group)}};
  Response refusal_;
  int asked_ = 0;
};

TEST_F(WatchersRights, end_a_watch_with_403_when_its_binding_goes) {
  const auto stream = watch();
  ASSERT_EQ(post(users_path, federated("shop.before")).status, 201);
  EXPECT_EQ(event(stream)["type"], "ADDED");
  ASSERT_EQ(remove(bindings_path + "/view").status, 200);
  ASSERT_EQ(post(users_path, federated("shop.after")).status, 201);
  const json last = event(stream);
  EXPECT_EQ(last["type"], "ERROR");
  EXPECT_EQ(last["object"]["code"], 403);
  EXPECT_EQ(last["object"]["reason"], "Forbidden");
  EXPECT_THAT(last["object"]["message"], HasSubstr("User \"ann\" cannot watch"));
  EXPECT_THAT(last.dump(), testing::Not(HasSubstr("shop.after")));
  EXPECT_FALSE(stream->next(Clock::now())) << "it is over";
}

TEST_F(WatchersRights, end_a_watch_also_where_nothing_happens_in_it) {
  const auto stream = watch("&fieldSelector=metadata.name=shop.none");
  EXPECT_EQ(*stream->next(Clock::now()), "");
  ASSERT_EQ(remove(bindings_path + "/view").status, 200);
  EXPECT_EQ(event(stream)["object"]["code"], 403);
}

TEST_F(WatchersRights, keep_a_watch_while_another_binding_gives_the_same) {
  json other = binding();
  other["metadata"]["name"] = "other";
  ASSERT_EQ(post(bindings_path, other).status, 201);
  const auto stream = watch();
  ASSERT_EQ(remove(bindings_path + "/view").status, 200);
  ASSERT_EQ(post(users_path, federated("shop.after")).status, 201);
  EXPECT_EQ(event(stream)["type"], "ADDED");
  ASSERT_EQ(remove(bindings_path + "/other").status, 200);
  EXPECT_EQ(event(stream)["type"], "ERROR");
}

TEST_F(WatchersRights, ask_who_it_is_when_tokens_change_and_not_for_each_event) {
  const auto stream = watch();
  EXPECT_EQ(*stream->next(Clock::now()), "");
  const int at_first = asked_;
  EXPECT_EQ(at_first, 1) << "what changed since the request was let in is not missed";
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(post(users_path, federated("shop.u" + std::to_string(i))).status, 201);
    EXPECT_EQ(event(stream)["type"], "ADDED");
  }
  EXPECT_EQ(asked_, at_first);

  api_->identify_anew();
  EXPECT_EQ(*stream->next(Clock::now()), "");
  EXPECT_EQ(asked_, at_first + 1);

  refusal_ = to_response({503, "ServiceUnavailable", "the API server cannot be asked"});
  api_->identify_anew();
  EXPECT_EQ(*stream->next(Clock::now()), "") << "that nobody can say is no reason to end it";

  refusal_ = to_response({401, "Unauthorized", "Unauthorized: the token is not known here"});
  api_->identify_anew();
  const json last = event(stream);
  EXPECT_EQ(last["type"], "ERROR");
  EXPECT_EQ(last["object"]["code"], 401);
  EXPECT_EQ(last["object"]["reason"], "Unauthorized");
  EXPECT_FALSE(stream->next(Clock::now()));
}

TEST_F(WatchersRights, are_those_of_whoever_it_is_now) {
  const auto stream = watch();
  EXPECT_EQ(*stream->next(Clock::now()), "");
  ann_ = {"not-ann", {std::string(rbac::authenticated_group)}};
  api_->identify_anew();
  const json last = event(stream);
  EXPECT_EQ(last["object"]["code"], 403);
  EXPECT_THAT(last["object"]["message"], HasSubstr("User \"not-ann\" cannot watch"));
}

}  // namespace
}  // namespace doorward::rest
