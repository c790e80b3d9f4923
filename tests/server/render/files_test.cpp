// The structure of each file, and that nothing of a resource can change it.
#include "server/render/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::render {
namespace {

using testing::HasSubstr;
using testing::Not;

Delegation sample() {
  Delegation out{.space = {"team1", "orders"}};
  out.realm = {"team1-orders", "AddressSpace team1/orders, status.realm"};
  out.service = "AuthenticationService team1/users of type standard";
  return out;
}

TEST(RouterConf, names_the_service_the_realm_and_a_time_limit) {
  const std::string text = router_conf(sample());
  for (const char* line : {"authServicePlugin {\n", "    host: 127.0.0.1\n", "    port: 5673\n",
                           "    realm: team1-orders\n", "    saslPlugin: doorward\n",
                           "    initialHandshakeTimeoutSeconds: 15\n", "OAUTHBEARER", "on loopback"})
    EXPECT_THAT(text, HasSubstr(line));
  for (const char* absent : {"sslProfile {", "policy {", "vhost {", "policyVhost:"})
    EXPECT_THAT(text, Not(HasSubstr(absent)));
}

TEST(Delegations, speak_of_tokens_only_where_the_service_looks_at_them) {
  Delegation delegation = sample();
  EXPECT_THAT(router_conf(delegation), HasSubstr("service account's token"));
  EXPECT_THAT(broker_login_config(delegation), HasSubstr("service account's token"));
  for (const ServiceType type : {ServiceType::none, ServiceType::external}) {
    delegation.service_type = type;
    EXPECT_THAT(router_conf(delegation), Not(HasSubstr("token")));
    EXPECT_THAT(broker_login_config(delegation), Not(HasSubstr("token")));
  }
}

TEST(RouterConf, takes_limits_and_says_where_they_are_from) {
  Delegation delegation = sample();
  delegation.policy = true;
  delegation.settings["router.handshakeTimeout"] = {"10",
                                                    "StandardInfraConfig x/y, spec.router.handshakeTimeout"};
  delegation.settings["router.policy.maxConnections"] = {"7", "here"};
  delegation.settings["router.policy.maxSendersPerConnection"] = {"3", "there"};
  const std::string text = router_conf(delegation);
  EXPECT_THAT(text, HasSubstr("    # StandardInfraConfig x/y, spec.router.handshakeTimeout\n"
                              "    initialHandshakeTimeoutSeconds: 10\n"));
  EXPECT_THAT(text, HasSubstr("    # here\n    maxConnections: 7\n"));
  EXPECT_THAT(text, HasSubstr("            # there\n            \"maxSenders\": 3,\n"));
  EXPECT_THAT(text, HasSubstr("    policyVhost: public\n"));
  // Zero means no limit, which is what has to be avoided.
  delegation.settings["router.handshakeTimeout"].value = "0";
  EXPECT_THAT(router_conf(delegation), HasSubstr("    initialHandshakeTimeoutSeconds: 15\n"));
}

TEST(RouterConf, with_tls_has_a_profile_that_the_plugin_names) {
  Delegation delegation = sample();
  delegation.peer = {.host = "doorward.infra.svc", .port = 5671, .tls = true, .loopback = false};
  const std::string text = router_conf(delegation);
  EXPECT_THAT(text, HasSubstr("sslProfile {\n    name: doorward_ca\n"));
  EXPECT_THAT(text, HasSubstr("    sslProfile: doorward_ca\n"));
  delegation.peer.tls = false;
  EXPECT_THAT(router_conf(delegation), HasSubstr("passwords cross the network"));
}

TEST(LoginConfig, lets_clients_do_everything_only_where_the_service_is_none) {
  Delegation delegation = sample();
  EXPECT_THAT(broker_login_config(delegation), Not(HasSubstr("default_roles_unauthenticated=")));
  delegation.service_type = ServiceType::none;
  EXPECT_THAT(broker_login_config(delegation), HasSubstr("default_roles_unauthenticated=\"admin\"\n"));
}

TEST(BrokerXml, takes_policy_and_memory) {
  Delegation delegation = sample();
  delegation.settings["broker.addressFullPolicy"] = {"FAIL", "here"};
  delegation.settings["broker.resources.memory"] = {"536870912", "there"};
  EXPECT_THAT(broker_xml(delegation), HasSubstr("<address-full-policy>FAIL</address-full-policy>"));
  EXPECT_THAT(broker_xml(delegation), HasSubstr("<global-max-size>134217728</global-max-size>"));
  delegation.settings["broker.globalMaxSize"] = {"1000", "there"};
  EXPECT_THAT(broker_xml(delegation), HasSubstr("<global-max-size>1000</global-max-size>"));
}

TEST(Files, nothing_of_a_resource_breaks_out) {
  const std::string evil = "x\"; } -->\n</core>\nlistener {\n// ${user.home} \\";
  Delegation delegation = sample();
  delegation.realm = {evil, evil};
  delegation.service = delegation.plan = delegation.infra = evil;
  delegation.messages = {evil};
  delegation.limits = {{evil, evil}};
  delegation.policy = true;
  for (const char* path : {"broker.addressFullPolicy", "broker.globalMaxSize", "router.idleTimeout",
                           "router.policy.maxConnections", "router.policy.maxSendersPerConnection"})
    delegation.settings[path] = {evil, evil};
  EXPECT_THAT(router_conf(delegation), Not(HasSubstr("\nlistener {\n//")));
  EXPECT_THAT(router_conf(delegation), HasSubstr("    realm: x?; ? -->?</core>?listener ?"
                                                 "?// $?user.home? ?\n"));
  EXPECT_THAT(broker_xml(delegation), HasSubstr("<address-full-policy>x&quot;; } --&gt;?&lt;/core&gt;?"));
  EXPECT_THAT(broker_xml(delegation), Not(HasSubstr("} -->")));
  EXPECT_THAT(broker_login_config(delegation),
              HasSubstr("       sasl_hostname=\"x\\\"; } -->?</core>?listener {?// ?{user.home} \\\\\"\n"));
}

}  // namespace
}  // namespace doorward::render
