// How many faults of one object are named, how many elements its lists can have, and how large it can be.
#include "server/resources/kinds/object_size.hpp"
#include "tests/server/resources/workbench.hpp"

namespace doorward::resources {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;

class FaultBounds : public Workbench {
 protected:
  // A user with `count` of these addresses in one rule.
  std::vector<std::string> faults_of(std::size_t count, const std::string& address,
                                     const std::string& operation) {
    std::string addresses = address;
    for (std::size_t i = 1; i < count; ++i) addresses += "," + address;
    const auto result = apply(
        "apiVersion: user.enmasse.io/v1beta1\nkind: MessagingUser\nmetadata: {name: shop.alice}\nspec:\n"
        "  username: alice\n  authentication: {type: federated}\n  authorization:\n  - {addresses: [" +
        addresses + "], operations: [" + operation + "]}\n");
    return result ? std::vector<std::string>() : texts(result.error().faults);
  }
};

TEST_F(FaultBounds, are_named_up_to_a_number_and_counted_from_there) {
  EXPECT_EQ(faults_of(FieldErrors::most, "1", "view").size(), FieldErrors::most);
  const auto lines = faults_of(FieldErrors::most + 2, "1", "view");
  EXPECT_EQ(lines.size(), FieldErrors::most + 1);
  EXPECT_THAT(lines, Contains("m.yaml:1: MessagingUser default/shop.alice: and 2 more"));
}

TEST_F(FaultBounds, are_those_of_the_store_for_the_addresses_of_a_rule) {
  EXPECT_THAT(faults_of(65'535, "a", "send"), ElementsAre());
  EXPECT_THAT(
      faults_of(65'536, "a", "send"),
      ElementsAre(EndsWith("spec.authorization[0].addresses: has 65536 elements: use at most 65535")));
}

class SizeBounds : public FaultBounds {
 protected:
  // What applying the manifest gives where the object it makes takes `bytes` of JSON.
  std::string outcome_with(const std::string& manifest, const ObjectKey& key, std::size_t bytes) {
    const auto with = [&](std::size_t blank) { return manifest + "'" + std::string(blank, 'x') + "'\n"; };
    EXPECT_TRUE(apply(with(0)));
    nlohmann::json small = document(key);
    small.erase("status");
    return outcome(with(bytes - to_text(small).size()));
  }
};

TEST_F(SizeBounds, hold_for_what_is_applied) {
  const std::string manifest = space_yaml("team1", "shop", "  networkPolicy:\n    egress:\n    - ");
  const ObjectKey key = space("team1", "shop");
  EXPECT_EQ(outcome_with(manifest, key, max_bytes_read_whole),
            "0 created, 1 changed, 0 deleted, 0 unchanged");
  EXPECT_THAT(outcome_with(manifest, key, max_bytes_read_whole + 1),
              EndsWith("AddressSpace team1/shop: spec: the object takes 131073 bytes as JSON: use at most "
                       "131072 for this kind\n"));
}

TEST_F(SizeBounds, are_not_used_up_by_repeats_in_the_record_of_a_login) {
  std::string many = "orders";
  for (int i = 1; i < 60'000; ++i) many += ",orders";
  const auto rules = [](const std::string& addresses) {
    return "  - {addresses: [" + addresses + "], operations: [send, recv]}\n";
  };
  ASSERT_TRUE(apply(service + shop + user_yaml("team1", "shop.one", "one") +
                    user_yaml("team1", "shop.many", "many", "password: cGVuY2ls", rules(many))));
  const auto one = store_->find_user("team1-shop", "one", Patience::some_seconds).value();
  const auto repeated = store_->find_user("team1-shop", "many", Patience::some_seconds).value();
  EXPECT_EQ(repeated->authorization, one->authorization);
  EXPECT_EQ(document(user("shop.many"))["spec"]["authorization"][1]["addresses"].size(), 60'000u)
      << "the object stays as it was written";
}

}  // namespace
}  // namespace doorward::resources
