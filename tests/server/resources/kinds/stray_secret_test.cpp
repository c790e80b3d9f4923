// A password that stands in another field than its own is refused, whatever brought it there.
#include "server/resources/kinds/stray_secret.hpp"

#include "server/resources/kinds/redaction.hpp"
#include "tests/server/resources/workbench.hpp"

namespace doorward::resources {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string password = "aHVudGVyMg==";

json user_with(const json& annotations) {
  return {
      {"apiVersion", "user.enmasse.io/v1beta1"},
      {"kind", "MessagingUser"},
      {"metadata", {{"name", "shop.alice"}, {"annotations", annotations}}},
      {"spec", {{"username", "alice"}, {"authentication", {{"type", "password"}, {"password", password}}}}}};
}

std::string found_in(const json& object) {
  const auto error = stray_secret(*find_kind(store_kind::messaging_users), object);
  if (!error) return "";
  EXPECT_THAT(error->message, AllOf(HasSubstr("remove it"), Not(HasSubstr(password))));
  return error->field;
}

TEST(StraySecret, is_found_wherever_it_stands) {
  EXPECT_EQ(found_in(user_with(json::object())), "");
  EXPECT_EQ(found_in(user_with({{"a", password}})), "metadata.annotations.a");
  const std::pair<const char*, const char*> places[] = {
      {"/metadata/name", "metadata.name"},
      {"/metadata/labels/a", "metadata.labels.a"},
      {"/metadata/labels/kubectl.kubernetes.io~1last-applied-configuration",
       "metadata.labels[kubectl.kubernetes.io/last-applied-configuration]"},
      {"/spec/username", "spec.username"},
      {"/spec/authentication/provider", "spec.authentication.provider"},
      {"/spec/authorization/0/addresses/0", "spec.authorization[0].addresses[0]"},
      {"/spec/unknown/deep", "spec.unknown.deep"},
      {"/status/message", "status.message"},
  };
  for (const auto& [pointer, field] : places) {
    json object = user_with(json::object());
    if (std::string_view(pointer).contains("/authorization/"))
      object["spec"]["authorization"] = json::array({{{"addresses", {"a"}}}});
    object[json::json_pointer(pointer)] = password;
    EXPECT_EQ(found_in(object), field);
  }
}

TEST(StraySecret, may_be_a_verifier) {
  json object = user_with({{"a", "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy"}});
  object["spec"]["authentication"].erase("password");
  object["spec"]["authentication"]["credentials"] = {"SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy"};
  EXPECT_EQ(found_in(object), "metadata.annotations.a");
  object["metadata"]["annotations"]["a"] = "SCRAM-SHA-256";
  EXPECT_EQ(found_in(object), "");
}

// As tools other than kubectl keep the whole manifest.
TEST(StraySecret, is_found_inside_of_an_annotation_unless_it_is_so_short_that_it_may_be_chance) {
  EXPECT_EQ(found_in(user_with({{"tool/original", user_with({}).dump()}})),
            "metadata.annotations[tool/original]");
  EXPECT_EQ(found_in(user_with({{last_applied_annotation, user_with({}).dump()}})), "") << "is redacted";
  for (const auto& [text, found] : {std::pair("YWJjZGU=", true), std::pair("YWJj", false)}) {
    json object = user_with({{"a", std::string("x ") + text + " y"}});
    object["spec"]["authentication"]["password"] = text;
    EXPECT_EQ(found_in(object) != "", found) << text;
  }
}

TEST(StraySecret, is_looked_for_in_time_that_grows_with_the_object) {
  json object = user_with({{"a", std::string(200'000, 'A')}});
  json many = json::array();
  for (int i = 0; i < 20'000; ++i) many.push_back(std::string(100, 'A') + std::to_string(i));
  object["spec"]["authentication"]["credentials"] = many;
  EXPECT_EQ(found_in(object), "");
  object["metadata"]["annotations"]["a"] = many[19'999];
  EXPECT_EQ(found_in(object), "metadata.annotations.a") << "a whole text is found among however many";
}

class StraySecretOf : public Workbench {};

TEST_F(StraySecretOf, a_folder_is_a_fault_that_names_the_field_alone) {
  const std::string fault =
      outcome(service + shop +
              user_yaml("team1", "shop.alice", "alice", "password: cGVuY2ls\n    provider: cGVuY2ls"));
  EXPECT_THAT(fault, AllOf(HasSubstr("spec.authentication.provider"), Not(HasSubstr("cGVuY2ls"))));
}

}  // namespace
}  // namespace doorward::resources
