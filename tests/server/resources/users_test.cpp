// What becomes of users that are applied: their credentials, their names, and where they log in as address
// spaces come and go.
#include "mechanisms/password.hpp"
#include "server/resources/manifest.hpp"
#include "server/resources/prepare.hpp"
#include "tests/server/resources/workbench.hpp"

namespace doorward::resources {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class Users : public Workbench {};

TEST_F(Users, a_changed_password_is_a_new_generation_and_ends_the_old_one) {
  ASSERT_TRUE(apply(service + shop + alice));
  ASSERT_TRUE(apply(service + shop + user_yaml("team1", "shop.alice", "alice", "password: c2VjcmV0")));
  EXPECT_TRUE(logs_in("team1-shop", "alice", "secret"));
  EXPECT_FALSE(logs_in("team1-shop", "alice", "pencil"));
  EXPECT_EQ(user_status("team1", "shop.alice")["generation"], 2);
}

TEST_F(Users, a_manifest_without_a_secret_keeps_the_credentials) {
  ASSERT_TRUE(apply(service + shop + alice));
  EXPECT_EQ(outcome(service + shop + user_yaml("team1", "shop.alice", "alice", "provider: x")),
            "0 created, 1 changed, 0 deleted, 2 unchanged");
  EXPECT_TRUE(logs_in("team1-shop", "alice"));
}

TEST_F(Users, takes_verifiers_in_place_of_a_password) {
  const auto derived = derive_credentials(Secret("tea"), 5'000, all_scram_hashes);
  std::string line = "credentials: [";
  for (const auto& credential : derived)
    line += (line.back() == '[' ? "'" : ", '") + credential.format() + "'";
  const std::string yaml = service + shop + user_yaml("team1", "shop.alice", "alice", line + "]");
  ASSERT_EQ(outcome(yaml), "3 created, 0 changed, 0 deleted, 0 unchanged");
  EXPECT_EQ(store_->find_user("team1-shop", "alice", Patience::some_seconds).value()->credentials, derived);
  EXPECT_EQ(outcome(yaml), "0 created, 0 changed, 0 deleted, 3 unchanged");
  EXPECT_EQ(user_status("team1", "shop.alice")["credentials"][1]["iterations"], 5'000);
  EXPECT_EQ(outcome(service + shop + user_yaml("team1", "shop.alice", "alice", "password: dGVh")),
            "0 created, 0 changed, 0 deleted, 3 unchanged")
      << "the password that the verifiers were made from is no change";
}

TEST_F(Users, the_order_of_verifiers_is_no_change) {
  const auto derived = derive_credentials(Secret("tea"), 4'096, all_scram_hashes);
  const auto yaml = [&](int a, int b) {
    return service + shop +
           user_yaml("team1", "shop.alice", "alice",
                     "credentials: ['" + derived[static_cast<std::size_t>(a)].format() + "', '" +
                         derived[static_cast<std::size_t>(b)].format() + "']");
  };
  ASSERT_TRUE(apply(yaml(0, 2)));
  EXPECT_EQ(outcome(yaml(2, 0)), "0 created, 0 changed, 0 deleted, 3 unchanged");
}

TEST_F(Users, two_verifiers_of_one_hash_are_two_passwords) {
  auto credential = derive_credentials(Secret("new"), 4'096, std::vector{ScramHash::sha256}).front();
  credential.keys.push_back(derive_keys(Secret("old"), credential));
  ASSERT_TRUE(
      apply(service + shop +
            user_yaml("team1", "shop.alice", "alice",
                      "credentials: ['" + credential.format(0) + "', '" + credential.format(1) + "']")));
  EXPECT_TRUE(logs_in("team1-shop", "alice", "new"));
  EXPECT_TRUE(logs_in("team1-shop", "alice", "old"));
}

TEST_F(Users, a_user_of_another_type_has_no_credentials) {
  ASSERT_TRUE(apply(service + shop + alice));
  ASSERT_TRUE(apply(
      service + shop +
      "---\napiVersion: user.enmasse.io/v1beta1\nkind: MessagingUser\nmetadata: {namespace: team1, name: "
      "shop.alice}\nspec:\n  username: system:serviceaccount:team1:app\n  authentication: {type: "
      "serviceaccount}\n"));
  const auto record = store_->login_record(user("shop.alice")).value();
  EXPECT_EQ(record.type, UserType::serviceaccount);
  EXPECT_TRUE(record.credentials.empty());
  EXPECT_EQ(record.username.text(), "system:serviceaccount:team1:app");
  EXPECT_THAT(outcome(service + shop + user_yaml("team1", "shop.alice", "alice", "provider: x")),
              HasSubstr("needs a password (base64) or credentials"));
}

// Fresh salts tell whether a password has been derived anew.
TEST_F(Users, a_password_that_is_prepared_again_is_not_derived_again) {
  ASSERT_TRUE(apply(service + shop));
  DerivedPassword derived;
  const auto prepared = [&](const std::string& password) {
    Workspace workspace(*store_);
    const auto found = identify(
        read_yaml(user_yaml("team1", "shop.alice", "alice", "password: " + base64_encode(password)), "m")
            .documents,
        options_.settings);
    const Manifest& manifest = found.manifests.front();
    EXPECT_TRUE(
        prepare(workspace, *manifest.kind, manifest.document.value, options_.settings, derived).empty());
    return workspace.login(*workspace.find(manifest.key))->credentials;
  };
  const auto first = prepared("pencil");
  EXPECT_TRUE(verify_password(Secret("pencil"), first));
  EXPECT_EQ(prepared("pencil"), first);
  const auto other = prepared("rubber");
  EXPECT_TRUE(verify_password(Secret("rubber"), other));
  EXPECT_NE(prepared("pencil"), first) << "the last one only is kept";
}

TEST(DerivedPasswords, are_told_apart_by_all_that_they_are_made_from) {
  const std::vector<ScramHash> hashes{ScramHash::sha256};
  const auto current = derive_credentials(Secret("tea"), ScramCredential::min_iterations, hashes);
  DerivedPassword derived;
  int made = 0;
  const auto get = [&](const char* password, std::span<const ScramCredential> beside_those, bool beside) {
    derived.get(Secret(password), beside_those, beside, [&] {
      ++made;
      return current;
    });
    return made;
  };
  EXPECT_EQ(get("a", {}, false), 1);
  EXPECT_EQ(get("a", {}, false), 1);
  EXPECT_EQ(get("a", {}, true), 2);
  EXPECT_EQ(get("a", current, true), 3);
  EXPECT_EQ(get("a", current, true), 3);
  EXPECT_EQ(get("b", current, true), 4);
  EXPECT_EQ(get("a", current, true), 5);
}

TEST_F(Users, derives_only_the_hashes_that_are_on) {
  options_.settings.user.hashes = {ScramHash::sha256, ScramHash::sha512};
  ASSERT_TRUE(apply(service + shop + alice));
  const auto record = store_->login_record(user("shop.alice")).value();
  ASSERT_EQ(record.credentials.size(), 2u);
  EXPECT_EQ(record.credentials[0].hash, ScramHash::sha256);
}

TEST_F(Users, says_since_when_a_credential_is_there) {
  ASSERT_TRUE(apply(service + shop + alice));
  const json credentials = user_status("team1", "shop.alice")["credentials"];
  ASSERT_EQ(credentials.size(), 3u);
  EXPECT_EQ(credentials[1]["mechanism"], "SCRAM-SHA-256");
  EXPECT_EQ(credentials[1]["iterations"], 4'096);
  EXPECT_FALSE(credentials[1]["since"].get<std::string>().empty());
  ASSERT_TRUE(apply(service + shop + user_yaml("team1", "shop.alice", "alice2")));
  EXPECT_EQ(user_status("team1", "shop.alice")["credentials"], credentials)
      << "another name is no other password";
}

TEST_F(Users, a_user_waits_for_its_address_space) {
  ASSERT_TRUE(apply(service + alice));
  EXPECT_EQ(user_status("team1", "shop.alice")["phase"], "Pending");
  EXPECT_EQ(user_status("team1", "shop.alice")["message"],
            "AddressSpace team1/shop does not exist: the user becomes Active when it does");
  EXPECT_FALSE(logs_in("team1-shop", "alice"));
  const auto before = version();
  EXPECT_EQ(outcome(service + shop + alice), "1 created, 1 changed, 0 deleted, 1 unchanged");
  EXPECT_THAT(changes_since(before), ElementsAre("added team1/shop", "modified team1/shop.alice"));
  EXPECT_EQ(user_status("team1", "shop.alice")["phase"], "Active");
  EXPECT_FALSE(user_status("team1", "shop.alice").contains("message"));
  EXPECT_TRUE(logs_in("team1-shop", "alice"));
  EXPECT_EQ(store_->get(user("shop.alice")).value().generation, 1u);
}

TEST_F(Users, a_waiting_user_logs_in_nowhere_even_where_another_space_has_the_realm) {
  ASSERT_TRUE(apply(
      service + alice +
      "---\napiVersion: enmasse.io/v1beta1\nkind: AddressSpace\nmetadata:\n  namespace: evil\n  name: x\n"
      "  annotations: {enmasse.io/realm-name: team1-shop}\nspec: {type: brokered, plan: p}\n"));
  EXPECT_EQ(space_status("evil", "x")["realm"], "team1-shop");
  EXPECT_FALSE(logs_in("team1-shop", "alice"));
}

TEST_F(Users, a_user_goes_with_its_realm) {
  ASSERT_TRUE(apply(service + shop + alice));
  ASSERT_TRUE(apply(
      service + alice +
      "---\napiVersion: enmasse.io/v1beta1\nkind: AddressSpace\nmetadata:\n  namespace: team1\n  name: shop\n"
      "  annotations: {enmasse.io/realm-name: shop.example.com}\nspec: {type: brokered, plan: p}\n"));
  EXPECT_EQ(space_status("team1", "shop")["realm"], "shop.example.com");
  EXPECT_TRUE(logs_in("shop.example.com", "alice"));
  EXPECT_FALSE(logs_in("team1-shop", "alice"));
}

TEST_F(Users, a_renamed_user_no_longer_logs_in_under_the_old_name) {
  ASSERT_TRUE(apply(service + shop + alice));
  ASSERT_TRUE(apply(service + shop + user_yaml("team1", "shop.alice", "eve")));
  EXPECT_TRUE(logs_in("team1-shop", "eve"));
  EXPECT_FALSE(logs_in("team1-shop", "alice"));
}

TEST_F(Users, users_may_take_over_and_swap_names) {
  const auto users = [](std::string_view a, std::string_view b, std::string_view c) {
    return service + shop + user_yaml("team1", "shop.a", a, "password: YQ==") +
           user_yaml("team1", "shop.b", b, "password: Yg==") +
           user_yaml("team1", "shop.c", c, "password: Yw==");
  };
  ASSERT_TRUE(apply(users("one", "two", "three")));
  EXPECT_EQ(outcome(users("two", "one", "three")), "0 created, 2 changed, 0 deleted, 3 unchanged");
  EXPECT_TRUE(logs_in("team1-shop", "two", "a"));
  EXPECT_TRUE(logs_in("team1-shop", "one", "b"));
  EXPECT_EQ(outcome(users("one", "three", "two")), "0 created, 3 changed, 0 deleted, 2 unchanged");
  EXPECT_TRUE(logs_in("team1-shop", "one", "a"));
  EXPECT_TRUE(logs_in("team1-shop", "three", "b"));
  EXPECT_TRUE(logs_in("team1-shop", "two", "c"));
  EXPECT_EQ(outcome(service + shop + user_yaml("team1", "shop.d", "one", "password: ZA==")),
            "1 created, 0 changed, 3 deleted, 2 unchanged");
  EXPECT_TRUE(logs_in("team1-shop", "one", "d"));
}

TEST_F(Users, two_spaces_may_have_users_of_one_name) {
  ASSERT_TRUE(apply(service + shop + space_yaml("team1", "lab") + alice +
                    user_yaml("team1", "lab.alice", "alice", "password: bGFi")));
  EXPECT_TRUE(logs_in("team1-shop", "alice"));
  EXPECT_TRUE(logs_in("team1-lab", "alice", "lab"));
}

TEST_F(Users, users_that_stay_in_the_set_wait_again_when_their_space_goes) {
  ASSERT_TRUE(apply(service + shop + alice));
  EXPECT_EQ(outcome(service + alice), "0 created, 1 changed, 1 deleted, 1 unchanged");
  EXPECT_EQ(user_status("team1", "shop.alice")["phase"], "Pending");
  EXPECT_FALSE(logs_in("team1-shop", "alice"));
  EXPECT_EQ(outcome(service + shop + user_yaml("team1", "shop.alice", "alice", "provider: x")),
            "1 created, 1 changed, 0 deleted, 1 unchanged");
  EXPECT_TRUE(logs_in("team1-shop", "alice")) << "its credentials waited with it";
}

TEST(MessagingUserWarnings, of_a_user_whom_clients_of_the_strongest_mechanism_cannot_be) {
  const auto warnings = [](std::vector<ScramHash> hashes) {
    const Secret password{std::string_view("pencil")};
    return messaging_user_warnings({Realm::parse("r").value(),
                                    Username::parse("alice").value(),
                                    UserType::password,
                                    derive_credentials(password, ScramCredential::min_iterations, hashes),
                                    {}});
  };
  EXPECT_THAT(warnings({ScramHash::sha256, ScramHash::sha512}), testing::IsEmpty());
  EXPECT_THAT(warnings({ScramHash::sha256}), testing::ElementsAre(testing::HasSubstr("SCRAM-SHA-512")));
}

TEST(MessagingUserWarnings, of_its_rules_come_once_each_as_they_are_explained) {
  const std::vector<AddressRule> rules{{.addresses = {"topic*"}, .operations = {.send = true}},
                                       {.addresses = {"topic*"}, .operations = {.recv = true, .view = true}}};
  const auto warnings = messaging_user_warnings(
      {Realm::parse("r").value(), Username::parse("alice").value(), UserType::federated, {}, rules});
  EXPECT_THAT(warnings, testing::ElementsAre(testing::HasSubstr("topic*"), testing::HasSubstr("monitor")));
}

}  // namespace
}  // namespace doorward::resources
