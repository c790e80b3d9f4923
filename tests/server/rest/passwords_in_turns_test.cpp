// What costs PBKDF2 is asked to wait for its turn, and nothing else is.
#include "tests/server/rest/house.hpp"

#include <string_view>

namespace doorward::rest {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using Clock = std::chrono::steady_clock;

class PasswordsInTurns : public House {
 protected:
  PasswordsInTurns() {
    api_ = Api::make(
               {.store = *store_,
                .authorizer = authorizer_,
                .settings = options_.settings,
                .turns = turns_,
                .passwords =
                    [this](std::string_view ns, Clock::time_point until, const std::function<void()>& work) {
                      asked_.emplace_back(ns);
                      until_ = until;
                      if (!comes_) return false;
                      if (meanwhile_) std::exchange(meanwhile_, nullptr)();
                      work();
                      return true;
                    }})
               .value();
  }

  bool comes_ = true;                // the turn
  std::function<void()> meanwhile_;  // before the password is derived, once
  std::vector<std::string> asked_;   // the namespaces of those who waited for one
  Clock::time_point until_;
};

TEST_F(PasswordsInTurns, are_derived_in_that_of_their_namespace_within_the_patience_of_the_request) {
  seed();
  Request create = request("POST", users_path, user("shop.alice", "alice").dump());
  create.patience = Clock::now() + std::chrono::hours(1);
  EXPECT_EQ(ask(create).status, 201);
  EXPECT_THAT(asked_, ElementsAre("team1"));
  EXPECT_EQ(until_, create.patience);
  // To recognise a password costs one PBKDF2 as well.
  EXPECT_EQ(put(users_path + "/shop.alice", user("shop.alice", "alice")).status, 200);
  EXPECT_EQ(patch(users_path + "/shop.alice",
                  {{"spec", {{"authentication", {{"password", base64_encode("eraser")}}}}}})
                .status,
            200);
  EXPECT_EQ(asked_.size(), 3u);
}

TEST_F(PasswordsInTurns, that_do_not_come_are_told_to_come_again_and_nothing_is_written) {
  seed();
  comes_ = false;
  const Answer refused = post(users_path, user("shop.alice", "alice"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.reason(), "ServiceUnavailable");
  EXPECT_THAT(refused.message(), HasSubstr("send fewer at a time"));
  EXPECT_THAT(refused.response.headers, Contains(Pair("Retry-After", "1")));
  EXPECT_EQ(get(users_path + "/shop.alice").status, 404);
  comes_ = true;
  EXPECT_EQ(post(users_path, user("shop.alice", "alice")).status, 201);
}

TEST_F(PasswordsInTurns, are_waited_for_by_nobody_who_brings_none) {
  seed();
  ASSERT_EQ(post(users_path, user("shop.alice", "alice")).status, 201);
  asked_.clear();
  comes_ = false;
  EXPECT_EQ(post(users_path, federated("shop.bob")).status, 201);
  EXPECT_EQ(put(users_path + "/shop.alice", user("shop.alice", "alice", "")).status, 200);
  EXPECT_EQ(patch(users_path + "/shop.alice", {{"metadata", {{"labels", {{"a", "b"}}}}}}).status, 200);
  EXPECT_EQ(get(users_path).status, 200);
  EXPECT_EQ(remove(users_path + "/shop.alice").status, 200);
  json faulty = user("shop.carol", "carol");
  faulty["spec"]["authorization"] = "none";
  EXPECT_EQ(post(users_path, faulty).status, 422) << "told before the turn";
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(PasswordsInTurns, that_were_derived_are_not_waited_for_again_where_another_write_comes_between) {
  seed();
  meanwhile_ = [this] { ASSERT_EQ(post(users_path, federated("shop.bob")).status, 201); };
  EXPECT_EQ(post(users_path, user("shop.alice", "alice")).status, 201);
  EXPECT_THAT(asked_, ElementsAre("team1"));
}

}  // namespace
}  // namespace doorward::rest
