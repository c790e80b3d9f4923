// Two passwords of a user at once: how long the old one lives, and when it does not.
#include "server/resources/kinds/password_rotation.hpp"
#include "server/resources/kinds/uid.hpp"
#include "tests/server/resources/workbench.hpp"

#include <chrono>

namespace doorward::resources {
namespace {

using namespace std::chrono;
using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::SizeIs;

constexpr const char* pencil = "password: cGVuY2ls";
constexpr const char* crayon = "password: Y3JheW9u";

class Rotation : public Workbench {
 protected:
  static std::string until(sys_seconds time) { return ", previousPasswordUntil: \"" + rfc3339(time) + "\""; }
  static std::string yaml(const std::string& secret, const std::string& more = "") {
    return service + shop +
           "---\napiVersion: user.enmasse.io/v1beta1\nkind: MessagingUser\nmetadata: {namespace: team1, "
           "name: "
           "shop.alice}\nspec:\n  username: alice\n  authentication: {type: password" +
           (secret.empty() ? "" : ", " + secret) + more + "}\n";
  }
  std::vector<ScramCredential> credentials() {
    return store_->login_record(user("shop.alice")).value().credentials;
  }
  bool alice(std::string_view password) { return logs_in("team1-shop", "alice", password); }

  const sys_seconds now_ = floor<seconds>(system_clock::now());
  const std::string tomorrow_ = until(now_ + days(1));
};

TEST_F(Rotation, both_passwords_live_until_then) {
  ASSERT_TRUE(apply(yaml(pencil)));
  const auto before = credentials();
  ASSERT_TRUE(apply(yaml(crayon, tomorrow_)));
  EXPECT_TRUE(alice("crayon"));
  EXPECT_TRUE(alice("pencil"));
  const auto after = credentials();
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].salt, before[i].salt);
    EXPECT_EQ(after[i].iterations, before[i].iterations);
    ASSERT_THAT(after[i].keys, SizeIs(2));
    EXPECT_EQ(after[i].keys[0].not_after, std::nullopt);
    EXPECT_EQ(after[i].keys[1].stored_key, before[i].keys[0].stored_key);
    EXPECT_EQ(after[i].keys[1].not_after, now_ + days(1));
  }
}

TEST_F(Rotation, the_same_manifest_again_changes_nothing) {
  ASSERT_TRUE(apply(yaml(pencil)));
  ASSERT_TRUE(apply(yaml(crayon, tomorrow_)));
  EXPECT_EQ(outcome(yaml(crayon, tomorrow_)), "0 created, 0 changed, 0 deleted, 3 unchanged");
  EXPECT_EQ(outcome(yaml("", tomorrow_)), "0 created, 0 changed, 0 deleted, 3 unchanged");
}

TEST_F(Rotation, without_the_time_there_is_one_password_with_a_fresh_salt) {
  ASSERT_TRUE(apply(yaml(pencil)));
  const auto before = credentials();
  ASSERT_TRUE(apply(yaml(crayon)));
  EXPECT_TRUE(alice("crayon"));
  EXPECT_FALSE(alice("pencil"));
  EXPECT_NE(credentials()[1].salt, before[1].salt);
}

TEST_F(Rotation, a_time_that_is_over_is_none) {
  ASSERT_TRUE(apply(yaml(pencil)));
  ASSERT_TRUE(apply(yaml(crayon, until(now_ - seconds(1)))));
  EXPECT_FALSE(alice("pencil"));
  EXPECT_THAT(credentials(), Each(Field(&ScramCredential::keys, SizeIs(1))));
}

TEST_F(Rotation, can_be_ended_early) {
  ASSERT_TRUE(apply(yaml(pencil)));
  ASSERT_TRUE(apply(yaml(crayon, tomorrow_)));
  ASSERT_TRUE(apply(yaml(crayon)));
  EXPECT_TRUE(alice("crayon"));
  EXPECT_FALSE(alice("pencil"));
}

TEST_F(Rotation, what_has_ended_does_not_come_back) {
  ASSERT_TRUE(apply(yaml(pencil)));
  ASSERT_TRUE(apply(yaml(crayon, tomorrow_)));
  ASSERT_TRUE(apply(yaml(crayon, until(now_ - seconds(1)))));
  EXPECT_FALSE(alice("pencil"));
  ASSERT_TRUE(apply(yaml(crayon, tomorrow_)));
  EXPECT_FALSE(alice("pencil"));
}

TEST_F(Rotation, can_be_taken_back) {
  ASSERT_TRUE(apply(yaml(pencil)));
  ASSERT_TRUE(apply(yaml(crayon, tomorrow_)));
  ASSERT_TRUE(apply(yaml(pencil, tomorrow_)));
  EXPECT_TRUE(alice("pencil"));
  EXPECT_TRUE(alice("crayon"));
  EXPECT_EQ(credentials()[1].keys[0].not_after, std::nullopt);
  ASSERT_TRUE(apply(yaml(pencil)));
  EXPECT_TRUE(alice("pencil"));
  EXPECT_FALSE(alice("crayon"));
}

TEST_F(Rotation, a_third_password_ends_the_first) {
  ASSERT_TRUE(apply(yaml(pencil)));
  ASSERT_TRUE(apply(yaml(crayon, tomorrow_)));
  ASSERT_TRUE(apply(yaml("password: dGVh", tomorrow_)));
  EXPECT_TRUE(alice("tea"));
  EXPECT_TRUE(alice("crayon"));
  EXPECT_FALSE(alice("pencil"));
}

TEST_F(Rotation, is_ninety_days_long_at_most) {
  EXPECT_EQ(outcome(yaml(pencil, until(now_ + days(90)))), "3 created, 0 changed, 0 deleted, 0 unchanged");
  EXPECT_THAT(outcome(yaml(pencil, until(now_ + days(91)))),
              HasSubstr("spec.authentication.previousPasswordUntil: is more than 90 days ahead"));
  EXPECT_THAT(outcome(yaml(pencil, ", previousPasswordUntil: tomorrow")),
              HasSubstr("is no time as RFC 3339"));
}

TEST_F(Rotation, goes_by_verifiers_too) {
  const std::vector hashes{ScramHash::sha256};
  const auto old_one = derive_credentials(Secret("pencil"), 4'096, hashes).front();
  const std::string old_text = old_one.format();
  const std::string new_text = verifier_like(Secret("crayon"), old_text).value();
  ASSERT_TRUE(apply(yaml("credentials: ['" + old_text + "']")));
  const std::string rotated = yaml("credentials: ['" + new_text + "']", tomorrow_);
  ASSERT_TRUE(apply(rotated));
  EXPECT_TRUE(alice("crayon"));
  EXPECT_TRUE(alice("pencil"));
  EXPECT_EQ(outcome(rotated), "0 created, 0 changed, 0 deleted, 3 unchanged");
  ASSERT_TRUE(apply(yaml("credentials: ['" + new_text + "']")));
  EXPECT_FALSE(alice("pencil"));
  ASSERT_TRUE(apply(yaml("credentials: ['" + new_text + "', '" + old_text + "']", tomorrow_)));
  EXPECT_EQ(credentials()[0].keys[0].not_after, std::nullopt);
  EXPECT_EQ(credentials()[0].keys[1].not_after, now_ + days(1)) << "the second one ends";
}

}  // namespace
}  // namespace doorward::resources
