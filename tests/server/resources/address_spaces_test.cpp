// Address spaces: which service answers for them, which realm they own, when they are ready, and what others
// see when a service or plan comes or goes.
#include "server/resources/kinds/address_space.hpp"
#include "server/resources/refresh.hpp"
#include "tests/server/resources/workbench.hpp"

namespace doorward::resources {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const std::string plan = R"(---
apiVersion: admin.enmasse.io/v1beta2
kind: AddressSpacePlan
metadata: {name: small}
spec: {addressSpaceType: brokered, infraConfigRef: small-broker, addressPlans: [broker-queue], resourceLimits: {broker: 1.0}}
---
apiVersion: admin.enmasse.io/v1beta2
kind: AddressPlan
metadata: {name: broker-queue}
spec: {addressType: queue, resources: {broker: 0.001}}
---
apiVersion: admin.enmasse.io/v1beta1
kind: BrokeredInfraConfig
metadata: {name: small-broker}
spec: {}
)";

class AddressSpaces : public Workbench {
 protected:
  static std::string choice(std::string_view of) {
    return "  authenticationService: {" + std::string(of) + "}\n";
  }
  static std::string in(std::string_view ns, std::string yaml) {
    return yaml.replace(yaml.find("metadata:\n"), 10, "metadata:\n  namespace: " + std::string(ns) + "\n");
  }
  // `NS/NAME TYPE`, or the messages of a space without a service.
  std::string service_of_shop() {
    const json status = space_status("team1", "shop");
    if (!status.contains("authenticationService")) return status["messages"][0];
    const json& chosen = status["authenticationService"];
    return chosen["namespace"].get<std::string>() + "/" + chosen["name"].get<std::string>() + " " +
           chosen["type"].get<std::string>();
  }
};

TEST_F(AddressSpaces, choose_their_service_by_name_then_by_type_then_the_best_there_is) {
  options_.settings.infra_namespace = "infra";
  const std::string services =
      in("team1", service_yaml("both", "none")) + in("infra", service_yaml("b-none", "none")) +
      in("infra", service_yaml("z-standard")) + in("infra", service_yaml("y-standard")) +
      in("infra", service_yaml("e-external", "external", "  external: {host: h, port: 1}\n")) +
      in("infra", service_yaml("both")) + in("other", service_yaml("a-standard"));
  const struct {
    const char* behaviour;
    std::string more;
    std::string chosen;
  } cases[] = {
      {"the first standard, in the infra namespace", "", "infra/both standard"},
      {"by name, in its own namespace first", choice("name: both"), "team1/both none"},
      {"by name, in the infra namespace", choice("name: z-standard"), "infra/z-standard standard"},
      {"by name, whatever the type says", choice("name: z-standard, type: none"),
       "infra/z-standard standard"},
      {"by type, in its own namespace first", choice("type: none"), "team1/both none"},
      {"by type, in the infra namespace", choice("type: external"), "infra/e-external external"},
      {"not in another namespace", choice("name: a-standard"),
       "AuthenticationService \"a-standard\" does not exist in \"team1\" and \"infra\": logins end with "
       "sys-temp"},
  };
  for (const auto& c : cases) {
    ASSERT_TRUE(apply(services + space_yaml("team1", "shop", c.more))) << c.behaviour;
    EXPECT_EQ(service_of_shop(), c.chosen) << c.behaviour;
  }
  ASSERT_TRUE(apply(in("team1", service_yaml("b", "none")) + in("team1", service_yaml("a", "none")) + shop));
  EXPECT_EQ(service_of_shop(), "team1/a none") << "without a standard one the first none";
  ASSERT_TRUE(apply(in("team1", service_yaml("b", "external", "  external: {host: h, port: 1}\n")) + shop));
  EXPECT_EQ(service_of_shop(),
            "no AuthenticationService of type standard or none exists in \"team1\" and \"infra\": "
            "logins end with sys-temp");
}

TEST_F(AddressSpaces, take_the_realm_that_they_say_or_the_one_that_enmasse_computes) {
  const auto space_with = [](std::string_view annotation, std::string_view spec) {
    return "---\napiVersion: enmasse.io/v1beta1\nkind: AddressSpace\nmetadata: {namespace: team1, name: "
           "shop, "
           "annotations: {" +
           std::string(annotation) + "}}\nspec: {type: brokered, plan: p" + std::string(spec) + "}\n";
  };
  const std::string pinned = service_yaml("a", "standard", "  realm: pinned\n");
  const std::string by_name = ", authenticationService: {name: a}";
  const std::string override = ", authenticationService: {name: a, overrides: {realm: override}}";
  const struct {
    std::string yaml;
    std::string realm;
  } cases[] = {
      {service + space_with("", ""), "team1-shop"},
      {pinned + space_with("", by_name), "pinned"},
      {pinned + space_with("", override), "override"},
      {pinned + space_with("enmasse.io/realm-name: noted", override), "noted"},
      {space_with("", ""), "team1-shop"},
  };
  for (const auto& c : cases) {
    ASSERT_TRUE(apply(c.yaml)) << c.realm;
    EXPECT_EQ(space_status("team1", "shop")["realm"], c.realm);
  }
  EXPECT_THAT(
      outcome(space_with("enmasse.io/realm-name: A", "")),
      StartsWith(
          "m.yaml:4: AddressSpace team1/shop: metadata.annotations[enmasse.io/realm-name]: realm \"A\" is "
          "no realm"));
  EXPECT_THAT(outcome(space_with("enmasse.io/realm-name: a.invalid", "")), HasSubstr("reserved"));
}

TEST_F(AddressSpaces, may_take_the_realm_that_another_one_of_the_namespace_leaves) {
  const auto with_realm = [](std::string_view name, std::string_view realm) {
    return "---\napiVersion: enmasse.io/v1beta1\nkind: AddressSpace\nmetadata: {namespace: team1, name: " +
           std::string(name) + ", annotations: {enmasse.io/realm-name: " + std::string(realm) +
           "}}\nspec: {type: brokered, plan: p}\n";
  };
  ASSERT_TRUE(apply(service + with_realm("shop", "best") + alice));
  EXPECT_EQ(outcome(service + with_realm("a-new-one", "best") + with_realm("shop", "second-best") + alice),
            "1 created, 2 changed, 0 deleted, 1 unchanged");
  EXPECT_TRUE(logs_in("second-best", "alice"));
  EXPECT_FALSE(logs_in("best", "alice"));
}

TEST_F(AddressSpaces, cannot_share_a_service_that_is_pinned_to_a_realm) {
  const std::string pinned = service_yaml("a", "standard", "  realm: pinned\n");
  const std::string shop = space_yaml("team1", "shop", choice("name: a"));
  const std::string lab = space_yaml("team2", "lab", choice("name: a"));
  EXPECT_EQ(
      outcome(pinned + shop + lab),
      "m.yaml:28: AddressSpace team2/lab: spec.authenticationService: AuthenticationService default/a is "
      "pinned to "
      "one address space by its spec.realm, and AddressSpace team1/shop has it: name another service\n");
  ASSERT_TRUE(apply(pinned + lab));
  EXPECT_THAT(outcome(pinned + shop + lab), StartsWith("m.yaml:18: AddressSpace team1/shop: "))
      << "whoever has it keeps it";
  options_.owner = "somebody";
  options_.prune = false;
  EXPECT_THAT(outcome(shop), HasSubstr("AddressSpace team2/lab has it"));
}

TEST_F(AddressSpaces, a_service_cannot_be_pinned_under_spaces_that_share_it) {
  options_.owner = "somebody";
  const std::string by_name = choice("name: standard-authservice");
  ASSERT_TRUE(apply(service + space_yaml("team1", "shop", by_name) + space_yaml("team2", "lab", by_name)));
  options_.owner = "resources";
  EXPECT_THAT(outcome(service_yaml("standard-authservice", "standard", "  realm: pinned\n")),
              AllOf(StartsWith("0 created, 0 changed, 0 deleted, 0 unchanged\nheld back: m.yaml:2: "
                               "AuthenticationService default/standard-authservice: AddressSpace team1/shop "
                               "would be in conflict: spec.authenticationService: "),
                    HasSubstr("default/standard-authservice is pinned to a realm")));
}

TEST_F(AddressSpaces, are_ready_when_plan_infra_config_and_service_are_there) {
  ASSERT_TRUE(apply(shop));
  EXPECT_EQ(space_status("team1", "shop")["isReady"], false);
  EXPECT_EQ(space_status("team1", "shop")["phase"], "Pending");
  EXPECT_THAT(
      space_status("team1", "shop")["messages"],
      ElementsAre(
          "no AuthenticationService of type standard or none exists in \"team1\" and \"default\": logins "
          "end with sys-temp",
          "AddressSpacePlan \"small\" does not exist: logins go on, without its limits"));
  ASSERT_TRUE(apply(service + plan + shop));
  EXPECT_EQ(space_status("team1", "shop"),
            json::parse(R"({"isReady": true, "phase": "Active", "messages": [], "realm": "team1-shop",
              "authenticationService": {"namespace": "default", "name": "standard-authservice", "type": "standard"}})"));

  std::string other_type = plan;
  other_type.replace(other_type.find("brokered"), 8, "standard");
  ASSERT_TRUE(apply(service + other_type + shop));
  EXPECT_THAT(space_status("team1", "shop")["messages"],
              ElementsAre("AddressSpacePlan \"small\" is for address spaces of the other type: "
                          "logins go on, without its limits"));

  ASSERT_TRUE(apply(service + plan.substr(0, plan.find("---", plan.find("AddressPlan\n"))) + shop));
  EXPECT_THAT(space_status("team1", "shop")["messages"],
              ElementsAre("AddressSpacePlan \"small\": BrokeredInfraConfig \"small-broker\" does not exist: "
                          "logins go on, and its limits count all the same"));
  EXPECT_EQ(status(key(store_kind::address_space_plans, "default", "small")),
            json({{"phase", "Pending"}, {"message", "BrokeredInfraConfig \"small-broker\" does not exist"}}));
  EXPECT_EQ(status(key(store_kind::address_plans, "default", "broker-queue")), json({{"phase", "Active"}}));
}

TEST_F(AddressSpaces, say_what_a_client_may_choose_that_their_service_cannot_do) {
  ASSERT_TRUE(apply(service_yaml("open", "none") + plan + shop));
  EXPECT_EQ(space_status("team1", "shop")["messages"], json::array());
  ASSERT_TRUE(apply(service_yaml("open", "none") + service + plan +
                    space_yaml("team1", "shop", choice("name: open")) + space_yaml("team1", "lab")));
  EXPECT_EQ(space_status("team1", "shop")["isReady"], true);
  EXPECT_THAT(
      space_status("team1", "shop")["messages"],
      ElementsAre(
          "clients that take the strongest mechanism may choose SCRAM-SHA-512, which other services offer "
          "and this one does not: give the realm a listener of its own (amqp.listeners: - {address: "
          "HOST:PORT, realm: team1-shop}), or use its name as SNI"));
  EXPECT_EQ(space_status("team1", "lab")["messages"], json::array());
}

TEST_F(AddressSpaces, follow_a_service_that_comes_goes_and_changes_whoever_made_them) {
  options_.owner = "somebody";
  ASSERT_TRUE(apply(plan + shop + alice));
  options_.owner = "resources";
  const auto before = version();
  ASSERT_TRUE(apply(service));
  EXPECT_THAT(changes_since(before),
              testing::UnorderedElementsAre("added default/standard-authservice", "modified team1/shop"));
  EXPECT_EQ(service_of_shop(), "default/standard-authservice standard");
  ASSERT_TRUE(apply(service_yaml("standard-authservice", "none")));
  EXPECT_EQ(service_of_shop(), "default/standard-authservice none");
  EXPECT_TRUE(logs_in("team1-shop", "alice")) << "its users stay";
  ASSERT_TRUE(apply("{apiVersion: v1, kind: List, items: []}"));
  EXPECT_EQ(space_status("team1", "shop")["isReady"], false);
}

TEST_F(AddressSpaces, external_services_wait_for_a_bridge) {
  ASSERT_TRUE(apply(service_yaml("a", "external", "  external: {host: h, port: 5671}\n") + plan +
                    space_yaml("team1", "shop", choice("type: external"))));
  EXPECT_EQ(status(key(store_kind::authentication_services, "default", "a"))["phase"], "Pending");
  EXPECT_THAT(space_status("team1", "shop")["messages"],
              ElementsAre("AuthenticationService default/a does not answer: logins end with sys-temp "
                          "(no bridge to an external service is loaded)"));
}

TEST_F(AddressSpaces, of_an_external_service_are_ready_while_its_bridge_is) {
  BridgeState bridge{.why_not = "the directory is gone", .mechanisms = {"GSSAPI", "PLAIN"}};
  options_.settings.bridge = [&](const BridgeRef& ref, const json&) {
    EXPECT_EQ(ref.text(), "default/a");
    return bridge;
  };
  const ObjectKey external = key(store_kind::authentication_services, "default", "a");
  ASSERT_TRUE(apply(service_yaml("a", "external", "  external: {plugin: {name: example}}\n") + plan +
                    space_yaml("team1", "shop", choice("type: external"))));
  EXPECT_EQ(status(external),
            json({{"phase", "Pending"}, {"message", "the directory is gone: logins end with sys-temp"}}));
  EXPECT_THAT(space_status("team1", "shop")["messages"], ElementsAre(HasSubstr("(the directory is gone)")));

  bridge.why_not.clear();
  ASSERT_TRUE(refresh_bridges(*store_, options_.settings));
  EXPECT_EQ(status(external), json({{"phase", "Active"}, {"mechanisms", {"GSSAPI", "PLAIN"}}}));
  EXPECT_EQ(space_status("team1", "shop")["isReady"], true);
  const auto before = version();
  ASSERT_TRUE(refresh_bridges(*store_, options_.settings));
  EXPECT_EQ(version(), before) << "nothing is written where nothing has changed";

  bridge.why_not = "it is gone again";
  ASSERT_TRUE(refresh_bridges(*store_, options_.settings));
  EXPECT_EQ(space_status("team1", "shop")["isReady"], false);
}

TEST_F(AddressSpaces, may_name_another_place_for_an_external_service_that_allows_it) {
  std::map<std::string, BridgeState> bridges{
      {"default/a", {.why_not = "gone", .mechanisms = {}}},
      {"default/a at sso.team1.example:5671", {.why_not = "", .mechanisms = {"PLAIN"}}},
      {"default/a at *:5671", {.why_not = "slow", .mechanisms = {}}},
      {"default/a at 10.0.0.1:*", {.why_not = "", .mechanisms = {}}},
  };
  options_.settings.bridge = [&](const BridgeRef& ref, const json& document) {
    EXPECT_EQ(document.at("spec").at("type"), "external");
    return bridges.at(ref.text());
  };
  const auto space = [&](const std::string& overrides) {
    EXPECT_TRUE(apply(service_yaml("a", "external", "  external: {host: h, port: 1, allowOverride: true}\n") +
                      plan + space_yaml("team1", "shop", choice("name: a, overrides: " + overrides))));
    return space_status("team1", "shop");
  };
  json status = space("{host: sso.team1.example, port: 5671}");
  EXPECT_EQ(status["isReady"], true) << status;
  EXPECT_EQ(status["authenticationService"], json({{"namespace", "default"},
                                                   {"name", "a"},
                                                   {"type", "external"},
                                                   {"host", "sso.team1.example"},
                                                   {"port", 5671}}));
  status = space("{port: 5671}");
  EXPECT_THAT(
      status["messages"],
      ElementsAre(
          "AuthenticationService default/a at *:5671 does not answer: logins end with sys-temp (slow)"));
  EXPECT_EQ(space("{host: 10.0.0.1}")["isReady"], true);
  for (const char* none : {"{}", "{host: ''}"}) {
    status = space(none);
    EXPECT_THAT(
        status["messages"],
        ElementsAre("AuthenticationService default/a does not answer: logins end with sys-temp (gone)"));
    EXPECT_FALSE(status["authenticationService"].contains("host"));
  }
}

TEST_F(AddressSpaces, are_told_where_they_may_name_no_other_place) {
  options_.settings.bridge = [&](const BridgeRef& ref, const json&) {
    EXPECT_EQ(ref.text(), "default/a");
    return BridgeState{.why_not = "", .mechanisms = {"SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1"}};
  };
  const std::pair<std::string, const char*> cases[] = {
      {service_yaml("a", "external", "  external: {host: h, port: 1}\n"),
       "does not have spec.external.host and allowOverride"},
      {service_yaml("a", "external", "  external: {host: h, port: 1, allowOverride: false}\n"),
       "and allowOverride: true"},
      {service_yaml("a", "external", "  external: {plugin: {name: example}, allowOverride: true}\n"),
       "does not have spec.external.host"},
      {service_yaml("a"), "is not external"},
  };
  for (const auto& [service, why] : cases) {
    ASSERT_TRUE(
        apply(service + plan +
              space_yaml("team1", "shop", choice("name: a, overrides: {host: sso.example, port: 1}"))));
    const json status = space_status("team1", "shop");
    EXPECT_EQ(status["isReady"], true);
    EXPECT_THAT(status["messages"], Contains(AllOf(HasSubstr("which does not count"), HasSubstr(why))))
        << service;
    EXPECT_FALSE(status["authenticationService"].contains("host"));
  }
}

TEST(AddressSpace, names_a_host_that_can_be_one) {
  const auto faults = [](const std::string& host) {
    return validate_address_space({{"metadata", {{"name", "shop"}}},
                                   {"spec", {{"authenticationService", {{"overrides", {{"host", host}}}}}}}})
        .size();
  };
  for (const char* host : {"localhost", "sso.team1.example", "10.0.0.1", "::1", "FE80::1"})
    EXPECT_EQ(faults(host), 0u) << host;
  for (const std::string& host :
       {std::string("a b"), std::string("SSO.example"), std::string("a\nb"), std::string("-x"),
        std::string("x/y"), std::string("x:1"), std::string(254, 'a')})
    EXPECT_EQ(faults(host), 1u) << host;
}

TEST(BridgeSpec, has_the_place_that_a_space_names) {
  const json service{
      {"spec", {{"external", {{"host", "h"}, {"port", 1}, {"caCertSecret", {{"name", "ca"}}}}}}}};
  const auto config = [&](const std::string& host, std::uint16_t port) {
    return json::parse(bridge_spec_of(service, {.service = {"ns", "a"}, .host = host, .port = port}).config);
  };
  const json own{{"host", "h"}, {"port", 1}, {"caCertSecret", {{"name", "ca"}}}};
  EXPECT_EQ(config("", 0), own);
  json other = own;
  other["host"] = "x";
  EXPECT_EQ(config("x", 0), other);
  other["port"] = 2;
  EXPECT_EQ(config("x", 2), other);
}

TEST(BridgeSpec, never_has_the_group_admin_at_a_place_that_a_space_names) {
  const json service{
      {"spec", {{"external", {{"host", "h"}, {"port", 1}, {"allowOverride", true}, {"allowAdmin", true}}}}}};
  const auto admin_allowed = [&](const std::string& host, std::uint16_t port) {
    return bridge_spec_of(service, {.service = {"ns", "a"}, .host = host, .port = port}).admin_allowed;
  };
  EXPECT_TRUE(admin_allowed("", 0));
  EXPECT_FALSE(admin_allowed("x", 0));
  EXPECT_FALSE(admin_allowed("", 2));
  EXPECT_FALSE(admin_allowed("x", 2));
}

}  // namespace
}  // namespace doorward::resources
