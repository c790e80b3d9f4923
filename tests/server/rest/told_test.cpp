// What is told of requests, for the audit: each object that one has written, by whom, and nothing of one that
// has written nothing.
#include "tests/server/rest/house.hpp"

namespace doorward::rest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ToldOfRequests : public House {
 protected:
  ToldOfRequests() {
    seed();
    api_ = Api::make({.store = *store_,
                      .authorizer = authorizer_,
                      .settings = options_.settings,
                      .turns = turns_,
                      .told =
                          [this](const Request& request, const resources::ObjectChange& change) {
                            std::string line = request.caller.username + ": " + std::string(change.what) +
                                               " " + change.object;
                            for (const std::string& field : change.fields) line += " " + field;
                            told_.push_back(std::move(line));
                          }})
               .value();
  }
  ~ToldOfRequests() override { api_.reset(); }

  std::vector<std::string> take() { return std::exchange(told_, {}); }

  std::vector<std::string> told_;
  std::string path_ = users_path + "/shop.alice";
};

TEST_F(ToldOfRequests, each_verb_that_writes) {
  ASSERT_EQ(post(users_path, user("shop.alice", "alice")).status, 201);
  EXPECT_THAT(take(), ElementsAre("admin: create MessagingUser team1/shop.alice"));
  ASSERT_EQ(patch(path_, {{"metadata", {{"labels", {{"a", "1"}}}}}}).status, 200);
  EXPECT_THAT(take(), ElementsAre("admin: update MessagingUser team1/shop.alice metadata"));
  ASSERT_EQ(put(path_, user("shop.alice", "alice", "other")).status, 200);
  EXPECT_THAT(take(), ElementsAre(testing::StartsWith(
                          "admin: update MessagingUser team1/shop.alice metadata spec.authentication")));
  ASSERT_EQ(get(path_ + "/credentials").status, 200);
  EXPECT_THAT(take(),
              ElementsAre("admin: read MessagingUser team1/shop.alice spec.authentication.credentials"));
  ASSERT_EQ(remove(path_).status, 200);
  EXPECT_THAT(take(), ElementsAre("admin: delete MessagingUser team1/shop.alice"));
}

TEST_F(ToldOfRequests, everything_that_a_write_takes_along) {
  ASSERT_EQ(post(users_path, federated("shop.alice")).status, 201);
  ASSERT_EQ(post(users_path, federated("shop.bob")).status, 201);
  take();
  ASSERT_EQ(remove(users_path).status, 200);
  EXPECT_THAT(take(), testing::UnorderedElementsAre("admin: delete MessagingUser team1/shop.alice",
                                                    "admin: delete MessagingUser team1/shop.bob"));
  ASSERT_EQ(post(users_path, federated("shop.alice")).status, 201);
  take();
  ASSERT_EQ(remove(spaces_path + "/shop").status, 200);
  EXPECT_THAT(take(), testing::IsSupersetOf({"admin: delete MessagingUser team1/shop.alice",
                                             "admin: delete AddressSpace team1/shop"}));
}

TEST_F(ToldOfRequests, nothing_of_what_changes_nothing) {
  ASSERT_EQ(post(users_path, user("shop.alice", "alice")).status, 201);
  take();
  ASSERT_EQ(patch(path_, {{"spec", {{"authentication", {{"password", base64_encode("pencil")}}}}}}).status,
            200);
  ASSERT_EQ(patch(path_ + "?dryRun=All", {{"metadata", {{"labels", {{"a", "1"}}}}}}).status, 200);
  ASSERT_EQ(remove(path_ + "?dryRun=All").status, 200);
  ASSERT_EQ(post(users_path, user("shop.alice", "alice")).status, 409);
  ASSERT_EQ(put(path_, user("shop.alice", "Not A Name")).status, 422);
  ASSERT_EQ(get(path_).status, 200);
  ASSERT_EQ(get(users_path).status, 200);
  ASSERT_EQ(get(users_path + "/shop.nobody/credentials").status, 404);
  ASSERT_EQ(remove(users_path + "/shop.nobody").status, 404);
  EXPECT_THAT(take(), IsEmpty());
}

}  // namespace
}  // namespace doorward::rest
