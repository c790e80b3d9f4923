// How many faults of one object are named, and how many elements its lists can have.
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

}  // namespace
}  // namespace doorward::resources
