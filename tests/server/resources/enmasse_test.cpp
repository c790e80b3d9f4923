// Manifests as EnMasse's users have them apply unchanged, whole folders at a time.
#include "server/resources/document/directory.hpp"
#include "tests/server/resources/workbench.hpp"

namespace doorward::resources {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class EnMasse : public Workbench {
 protected:
  std::expected<ApplyReport, ApplyRefusal> apply_folder(const std::string& name) {
    return resources::apply(*store_, read_directory(std::string(DOORWARD_TEST_DATA) + "/" + name).reading,
                            options_);
  }
};

TEST_F(EnMasse, the_gitops_example_starts_a_standard_service) {
  const auto report = apply_folder("seed");
  ASSERT_TRUE(report) << testing::PrintToString(texts(report.error().faults));
  EXPECT_EQ(report->created, 7u);
  EXPECT_THAT(report->remarks, AllOf(SizeIs(2), Each(HasSubstr("is for Prometheus: passed over"))));
  EXPECT_EQ(status(key(store_kind::authentication_services, "default", "standard-authservice")),
            json({{"phase", "Active"}}));
  EXPECT_EQ(status(key(store_kind::address_space_plans, "default", "small")), json({{"phase", "Active"}}));
  EXPECT_EQ(status(key(store_kind::address_space_plans, "default", "large")), json({{"phase", "Active"}}));
  EXPECT_EQ(document(key(store_kind::brokered_infra_configs, "default", "large-broker"))["spec"],
            json::parse(
                R"({"broker":{"addressFullPolicy":"FAIL","resources":{"memory":"2Gi","storage":"10Gi"}}})"));
}

TEST_F(EnMasse, every_field_that_its_manifests_carry_is_kept) {
  options_.settings.infra_namespace = "enmasse-infra";
  const auto report = apply_folder("enmasse");
  ASSERT_TRUE(report) << testing::PrintToString(texts(report.error().faults));
  EXPECT_EQ(report->created, 14u);
  EXPECT_EQ(space_status("team1", "shop")["isReady"], true) << space_status("team1", "shop");
  EXPECT_EQ(space_status("team2", "lab")["isReady"], true) << space_status("team2", "lab");
  for (const auto* name : {"shop.orders", "shop.app", "shop.a3f2c"})
    EXPECT_EQ(user_status("team1", name)["phase"], "Active") << name;
  EXPECT_TRUE(logs_in("team1-shop", "orders", "password"));
  for (const auto& document :
       read_yaml(file_text(DOORWARD_TEST_DATA "/enmasse/20-infra.yaml"), "20").documents) {
    const Kind* kind = find_kind("admin.enmasse.io/v1beta1", document.value["kind"].get<std::string>());
    EXPECT_EQ(this->document(key(kind->store_kind, "enmasse-infra", "default"))["spec"],
              document.value["spec"]);
  }
}

TEST_F(EnMasse, the_database_of_a_service_is_kept_and_said_not_to_be_used) {
  const auto report = apply_folder("enmasse");
  ASSERT_TRUE(report);
  const std::string said =
      "spec.standard.datasource: the database of type \"postgresql\" is not used: doorward keeps users in "
      "its "
      "own store, in its data directory";
  EXPECT_THAT(report->remarks, Contains("AuthenticationService enmasse-infra/standard-authservice: " + said));
  const json status =
      this->status(key(store_kind::authentication_services, "enmasse-infra", "standard-authservice"));
  EXPECT_EQ(status, json({{"phase", "Active"}, {"message", said}}));
  const char* of_its_own = "  standard: {datasource: {type: h2}}\n";
  EXPECT_THAT(apply(service_yaml("small", "standard", of_its_own))->remarks,
              Not(Contains(HasSubstr("is not used"))));
  EXPECT_EQ(this->status(key(store_kind::authentication_services, "default", "small")),
            json({{"phase", "Active"}}));
}

TEST_F(EnMasse, the_examples_that_are_shipped_make_spaces_that_are_ready) {
  options_.settings.infra_namespace = "enmasse-infra";
  std::size_t folders = 0;
  for (const auto& folder :
       std::filesystem::directory_iterator(DOORWARD_TEST_DATA "/../../deploy/examples")) {
    const auto report = resources::apply(*store_, read_directory(folder.path()).reading, options_);
    ASSERT_TRUE(report) << folder.path() << testing::PrintToString(texts(report.error().faults));
    for (const auto& space : store_->list({.kind = std::string(store_kind::address_spaces)}).value().objects)
      EXPECT_EQ(space_status(space.key.ns, space.key.name)["isReady"], true) << space.document;
    ++folders;
  }
  EXPECT_GT(folders, 0u);
}

TEST_F(EnMasse, nothing_changes_the_second_time) {
  for (const std::string folder : {"seed", "enmasse"}) {
    options_.owner = folder;
    ASSERT_TRUE(apply_folder(folder));
    const auto before = version();
    const auto report = apply_folder(folder);
    ASSERT_TRUE(report);
    EXPECT_EQ(version(), before) << folder;
  }
}

}  // namespace
}  // namespace doorward::resources
