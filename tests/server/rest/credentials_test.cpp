// The one way that lets verifiers out: for whom, in which form, and never by another way.
#include "store/model/scram_credential.hpp"
#include "tests/server/rest/house.hpp"

namespace doorward::rest {
namespace {

using testing::HasSubstr;
using testing::Not;

class Credentials : public House {
 protected:
  Credentials() { seed(); }
  std::string path_ = users_path + "/shop.alice";
};

TEST_F(Credentials, are_verifiers_that_a_manifest_can_carry) {
  ASSERT_EQ(post(users_path, user("shop.alice", "alice")).status, 201);
  const Answer answer = get(path_ + "/credentials");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["kind"], "MessagingUserCredentials");
  EXPECT_EQ(answer.body["metadata"]["resourceVersion"], get(path_).body["metadata"]["resourceVersion"]);
  ASSERT_EQ(answer.body["credentials"].size(), 3u);
  for (const json& verifier : answer.body["credentials"])
    EXPECT_TRUE(ScramCredential::parse(verifier.get<std::string>())) << "one of each hash";

  json copy = user("shop.copy", "copy", "");
  copy["spec"]["authentication"]["credentials"] = answer.body["credentials"];
  ASSERT_EQ(post(users_path, copy).status, 201);
  EXPECT_TRUE(logs_in("team1-shop", "copy"));
}

TEST_F(Credentials, are_in_no_other_answer) {
  ASSERT_EQ(post(users_path, user("shop.alice", "alice")).status, 201);
  const std::string key = get(path_ + "/credentials").body["credentials"][1].get<std::string>().substr(20);
  for (const std::string& path : {path_, users_path, path_ + "/status"})
    EXPECT_THAT(get(path).text(), Not(HasSubstr(key))) << path;
}

TEST_F(Credentials, of_a_user_without_a_password_are_none_and_of_nobody_404) {
  ASSERT_EQ(post(users_path, federated("shop.eve")).status, 201);
  EXPECT_EQ(get(users_path + "/shop.eve/credentials").body["credentials"], json::array());
  const Answer nobody = get(users_path + "/shop.nobody/credentials");
  EXPECT_EQ(nobody.status, 404);
  EXPECT_EQ(nobody.reason(), "NotFound");
  EXPECT_EQ(get(spaces_path + "/shop/credentials").status, 404) << "no other kind has them";
}

TEST_F(Credentials, are_only_read) {
  ASSERT_EQ(post(users_path, user("shop.alice", "alice")).status, 201);
  EXPECT_EQ(put(path_ + "/credentials", user("shop.alice", "alice", "other")).status, 405);
  EXPECT_EQ(patch(path_ + "/credentials", json::object()).status, 405);
  EXPECT_EQ(remove(path_ + "/credentials").status, 405);
  EXPECT_EQ(get(path_ + "/credentials?watch=true").status, 405);
  EXPECT_TRUE(logs_in("team1-shop", "alice"));
}

}  // namespace
}  // namespace doorward::rest
