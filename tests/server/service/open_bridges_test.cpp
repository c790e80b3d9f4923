// Which bridges are open: one for each external service, and one for each other place that address spaces
// name.
#include "server/service/open_bridges.hpp"

#include "tests/server/resources/workbench.hpp"

namespace doorward {
namespace {

using nlohmann::json;
using resources::service_yaml;
using resources::space_yaml;
using testing::HasSubstr;

// This is build/PRESET/tests/server/server_test.
const std::filesystem::path built =
    std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../../../plugins";

class ExternalServicesOf : public resources::Workbench {
 protected:
  ExternalServicesOf() {
    // In the relay's place a plugin that is well, wherever it is sent.
    std::filesystem::create_symlink(built / "broken.so", plugins_.path() / "relay.so");
    options_.settings.bridge = [this](const BridgeRef& bridge, const json& document) {
      return bridges_->state(bridge, document);
    };
    bridges_ = OpenBridges::start(*store_, {.plugins = plugins_.path(), .secrets = "/nowhere"});
  }
  ~ExternalServicesOf() override { bridges_->close(); }

  static std::string service() {
    return service_yaml("a", "external",
                        "  external: {host: localhost, port: 1, allowOverride: true, threads: 1}\n");
  }
  // At a port of its own.
  static std::string space(const std::string& name, std::size_t port, std::string_view ns = "team1") {
    return space_yaml(
        ns, name, "  authenticationService: {name: a, overrides: {port: " + std::to_string(port) + "}}\n");
  }
  static BridgeRef at(std::size_t port) {
    return {.service = {"default", "a"}, .host = "", .port = static_cast<std::uint16_t>(port)};
  }
  void look() {
    bridges_->look(options_.settings, turns_);
    bridges_->wait_until_checked();
    bridges_->look(options_.settings, turns_);
  }
  std::string message(const std::string& name, const std::string& ns = "team1") {
    return space_status(ns, name)["messages"][0];
  }

  resources::TemporaryFolder plugins_;
  resources::WriteTurns turns_;
  std::unique_ptr<OpenBridges> bridges_;
};

TEST_F(ExternalServicesOf, address_spaces_are_asked_where_they_say) {
  ASSERT_TRUE(apply(service() + space("one", 2) + space("two", 3) + space("three", 3)));
  look();
  EXPECT_NE(bridges_->find(at(0)), nullptr);
  EXPECT_NE(bridges_->find(at(2)), nullptr);
  EXPECT_NE(bridges_->find(at(3)), nullptr);
  EXPECT_NE(bridges_->find(at(2)), bridges_->find(at(3)));
  EXPECT_EQ(bridges_->find(at(4)), nullptr);
  const auto kept = bridges_->find(at(3));
  ASSERT_TRUE(apply(service() + space("two", 3) + space("three", 4)));
  look();
  EXPECT_EQ(bridges_->find(at(2)), nullptr);
  EXPECT_EQ(bridges_->find(at(3)), kept) << "it is left alone";
  EXPECT_NE(bridges_->find(at(4)), nullptr);
}

// More than are read at once, and the one that is meant comes last.
TEST_F(ExternalServicesOf, many_users_find_the_federated_one_among_them) {
  std::vector<Write> users;
  const auto add = [&](const std::string& name, const json& authentication) {
    const json document = {{"spec", {{"username", name}, {"authentication", authentication}}}};
    users.push_back(Put{.object = {.key = {"messagingusers.user.enmasse.io", "team1", "one." + name},
                                   .uid = name,
                                   .created_at = "2026-01-01T00:00:00Z",
                                   .document = document.dump()}});
  };
  for (int i = 0; i < 2'000; ++i) add("u" + std::to_string(i), {{"type", "password"}});
  add("zoe", {{"type", "federated"}, {"provider", "a"}, {"federatedUsername", "Zoe@EXAMPLE"}});
  ASSERT_TRUE(store_->commit(users));
  const RealmService realm{.realm = Realm::parse("team1-one").value(),
                           .address_space = {"team1", "one"},
                           .service = {"default", "a"}};
  look();
  EXPECT_EQ(bridges_->federated_user(realm, "Zoe@EXAMPLE"), std::nullopt) << "nobody has asked for them yet";
  ASSERT_TRUE(apply(service() + space("one", 2)));
  look();
  EXPECT_EQ(bridges_->federated_user(realm, "Zoe@EXAMPLE"), "zoe");
  EXPECT_EQ(bridges_->federated_user(realm, "u1"), std::nullopt);
}

TEST_F(ExternalServicesOf, address_spaces_are_bounded_in_the_places_that_they_name) {
  std::string spaces;
  for (std::size_t i = 0; i < 64; ++i)
    spaces += space("s" + std::to_string(i), 100 + i, "team" + std::to_string(i / 8 + 2));
  ASSERT_TRUE(apply(service() + spaces));
  look();
  for (std::size_t i = 0; i < 64; ++i) EXPECT_NE(bridges_->find(at(100 + i)), nullptr) << i;

  // It comes before the others, and takes nobody's place.
  ASSERT_TRUE(apply(service() + spaces + space("late", 2)));
  look();
  EXPECT_EQ(bridges_->find(at(2)), nullptr);
  EXPECT_THAT(message("late"),
              HasSubstr("default/a at *:2 does not answer: logins end with sys-temp (address spaces "
                        "name 64 other places"));
  for (std::size_t i = 0; i < 64; ++i) EXPECT_NE(bridges_->find(at(100 + i)), nullptr) << i;

  // Until one of them goes.
  ASSERT_TRUE(apply(service() + spaces.substr(space("s0", 100, "team2").size()) + space("late", 2)));
  look();
  EXPECT_NE(bridges_->find(at(2)), nullptr);
}

TEST_F(ExternalServicesOf, one_namespace_names_an_eighth_of_the_places) {
  std::string spaces;
  for (std::size_t i = 0; i < 8; ++i) spaces += space("s" + std::to_string(i), 100 + i);
  ASSERT_TRUE(apply(service() + spaces));
  look();
  for (std::size_t i = 0; i < 8; ++i) EXPECT_NE(bridges_->find(at(100 + i)), nullptr) << i;

  ASSERT_TRUE(apply(service() + spaces + space("late", 2) + space("other", 3, "team2")));
  look();
  EXPECT_EQ(bridges_->find(at(2)), nullptr);
  EXPECT_THAT(message("late"), HasSubstr("(the address spaces of its namespace name 8 other places"));
  EXPECT_NE(bridges_->find(at(3)), nullptr) << "another namespace has its own";

  // A place that the other one asks for is there for whoever names it.
  ASSERT_TRUE(apply(service() + spaces + space("late", 2) + space("other", 2, "team2")));
  look();
  EXPECT_NE(bridges_->find(at(2)), nullptr);
}

// Else whoever may name a place would learn what listens there.
TEST_F(ExternalServicesOf, what_is_wrong_with_a_place_is_not_told_to_whoever_names_it) {
  std::filesystem::remove(plugins_.path() / "relay.so");
  std::filesystem::create_symlink(built / "relay.so", plugins_.path() / "relay.so");
  ASSERT_TRUE(apply(service() + space("one", 2)));
  look();
  EXPECT_THAT(message("one"), HasSubstr("default/a at *:2 does not answer: logins end with sys-temp (nothing "
                                        "there answers as an external service does;"));
  const json own = status(key(resources::store_kind::authentication_services, "default", "a"));
  EXPECT_THAT(own["message"].get<std::string>(), HasSubstr("cannot be connected to"))
      << "of its own place whoever made the service is told";
}

}  // namespace
}  // namespace doorward
