// What costs PBKDF2 is asked to wait for its turn, and nothing else is; and nobody has the turn at writing
// then, since those who come between write, too.
#include "mechanisms/password.hpp"
#include "tests/server/rest/house.hpp"

#include <string_view>

namespace doorward::rest {
namespace {

using testing::Contains;
using testing::Each;
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

  // Gives alice other secrets, for which nobody has to wait.
  void change_alice() {
    const auto made =
        derive_credentials(Secret("eraser"), ScramCredential::min_iterations, std::vector{ScramHash::sha256});
    const json authentication{{"credentials", json::array({made.front().format()})}};
    ASSERT_EQ(patch(users_path + "/shop.alice", {{"spec", {{"authentication", authentication}}}}).status,
              200);
  }
  // While each of so many passwords is derived, somebody does that.
  void each_time(int times, const std::function<void()>& what) {
    if (times == 0) return;
    meanwhile_ = [this, times, what] {
      what();
      each_time(times - 1, what);
    };
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

TEST_F(PasswordsInTurns, are_derived_anew_in_a_turn_where_the_user_has_changed) {
  seed();
  ASSERT_EQ(post(users_path, user("shop.alice", "alice")).status, 201);
  asked_.clear();
  each_time(4, [this] { change_alice(); });
  EXPECT_EQ(put(users_path + "/shop.alice", user("shop.alice", "alice", "rubber")).status, 200);
  EXPECT_THAT(asked_, Each("team1"));
  EXPECT_EQ(asked_.size(), 5u) << "each time in a turn, and never with that at writing";
  const auto record = store_->login_record(Workbench::user("shop.alice"));
  ASSERT_TRUE(record);
  EXPECT_TRUE(verify_password(Secret("rubber"), record->credentials));
}

TEST_F(PasswordsInTurns, end_with_a_conflict_where_the_user_changes_each_time) {
  seed();
  ASSERT_EQ(post(users_path, user("shop.alice", "alice")).status, 201);
  asked_.clear();
  each_time(5, [this] { change_alice(); });
  const Answer answer = put(users_path + "/shop.alice", user("shop.alice", "alice", "rubber"));
  EXPECT_EQ(answer.status, 409);
  EXPECT_THAT(answer.message(), HasSubstr("the object has been modified"));
  EXPECT_EQ(asked_.size(), 5u);
  const auto record = store_->login_record(Workbench::user("shop.alice"));
  ASSERT_TRUE(record);
  EXPECT_TRUE(verify_password(Secret("eraser"), record->credentials)) << "what others wrote is there";
}

TEST_F(PasswordsInTurns, that_are_derived_anew_are_not_again_where_others_than_the_user_change) {
  seed();
  ASSERT_EQ(post(users_path, user("shop.alice", "alice")).status, 201);
  asked_.clear();
  int others = 0;
  meanwhile_ = [&] {
    change_alice();
    each_time(
        4, [&] { ASSERT_EQ(post(users_path, federated("shop.b" + std::to_string(++others))).status, 201); });
  };
  EXPECT_EQ(put(users_path + "/shop.alice", user("shop.alice", "alice", "rubber")).status, 200);
  EXPECT_EQ(asked_.size(), 2u);
  EXPECT_EQ(others, 1);
}

}  // namespace
}  // namespace doorward::rest
