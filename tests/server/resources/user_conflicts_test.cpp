// Two users of an address space who would be one and the same to their identity provider.
#include "tests/server/resources/workbench.hpp"

namespace doorward::resources {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string federated_yaml(std::string_view name, std::string_view provider,
                           std::string_view federated_name) {
  return "---\napiVersion: user.enmasse.io/v1beta1\nkind: MessagingUser\nmetadata: {namespace: t, name: " +
         std::string(name) + "}\nspec:\n  username: " + std::string(name.substr(name.find('.') + 1)) +
         "\n  authentication:\n    type: federated\n    provider: " + std::string(provider) +
         "\n    federatedUsername: \"" + std::string(federated_name) + "\"\n";
}

class UserConflicts : public Workbench {};

TEST_F(UserConflicts, of_two_users_whom_a_provider_calls_the_same_say_who_is_it) {
  const std::string ann = federated_yaml("s.ann", "staff", "Ann@EXAMPLE.COM");
  const auto refused = StartsWith(
      "m.yaml:20: MessagingUser t/s.bob: spec.authentication.federatedUsername: \"Ann@EXAMPLE.COM\" of the "
      "provider \"staff\" is MessagingUser t/s.ann in the same address space: one of them must go");
  EXPECT_THAT(outcome(ann + federated_yaml("s.bob", "staff", "Ann@EXAMPLE.COM")), refused) << "both new";
  // What differs in a byte is somebody else.
  const std::string others =
      federated_yaml("s.b", "staff", "ann@EXAMPLE.COM") + federated_yaml("s.c", "Staff", "Ann@EXAMPLE.COM") +
      federated_yaml("s.d", "staff", "Ann@EXAMPLE.COM ") + federated_yaml("s2.e", "staff", "Ann@EXAMPLE.COM");
  ASSERT_TRUE(apply(ann + others));
  EXPECT_THAT(outcome(ann + federated_yaml("s.bob", "staff", "Ann@EXAMPLE.COM") + others), refused);
  EXPECT_THAT(outcome(ann + federated_yaml("s.aaa", "staff", "Ann@EXAMPLE.COM") + others),
              HasSubstr("MessagingUser t/s.aaa: "))
      << "the one that is there keeps it";
  EXPECT_TRUE(apply(federated_yaml("s.bob", "staff", "Ann@EXAMPLE.COM") + others))
      << "handed over in one write";
}

}  // namespace
}  // namespace doorward::resources
