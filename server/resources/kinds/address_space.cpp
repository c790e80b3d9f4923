#include "server/resources/kinds/address_space.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/realm_names.hpp"
#include "store/model/names.hpp"

#include <utility>

namespace doorward::resources {

using nlohmann::json;
using namespace shape;

namespace {

Schema value_or_secret(Presence presence = Presence::optional) {
  return object({
      {"value", string(), presence},
      {"valueFromSecret", object({{"name", string(), required}, {"key", string()}})},
  });
}

// Routers and brokers of EnMasse connect out of a space; doorward keeps this for them, without the secrets in
// it.
Schema connector() {
  return object({
      {"name", string(), required},
      {"endpointHosts", array(object({{"host", string(), required}, {"port", port()}})), required},
      {"addresses", array(object({{"name", string(), required}, {"pattern", string(), required}}))},
      {"credentials", object({
                          {"username", value_or_secret(), required},
                          {"password", value_or_secret(secret), required},
                      })},
      {"idleTimeout", integer()},
      {"maxFrameSize", integer()},
      {"role", one_of({"normal", "route-container", "edge"})},
      {"tls", object({
                  {"caCert", value_or_secret()},
                  {"clientCert", value_or_secret()},
                  {"clientKey", value_or_secret(secret)},
              })},
  });
}

Schema endpoint() {
  return object({
      {"name", string()},
      {"service", one_of({"messaging", "mqtt", "console"})},
      {"cert", object({
                   {"provider", string()},
                   {"secretName", string()},
                   {"tlsCert", string()},
                   {"tlsKey", string(), secret},
               })},
      {"exports", array(object({{"kind", string()}, {"name", string()}}))},
      {"expose", object({
                     {"type", one_of({"loadbalancer", "route"})},
                     {"annotations", map(string())},
                     {"loadBalancerPorts", array(string())},
                     {"loadBalancerSourceRanges", array(string())},
                     {"routeHost", string()},
                     {"routeServicePort", quantity()},
                     {"routeTlsTermination", string()},
                 })},
  });
}

Schema status() {
  return object({
      {"isReady", boolean("Whether its plan, infra config and authentication service are there and answer.")},
      {"phase", string("Active, or Pending while it is not ready.")},
      {"messages", array(string(), "What is missing, and what to know.")},
      {"realm", string("What `sasl-init.hostname` must be for its clients.")},
      {"authenticationService",
       object({
           {"name", string()},
           {"namespace", string()},
           {"type", string()},
           {"realm", string("To which it is pinned.")},
           {"host", string("Where the space overrides that of its external service.")},
           {"port", integer()},
       })},
      {"waitsFor",
       object({{"namespace", string()}, {"name", string()}, {"type", string()}, {"realm", string()}},
              "The authentication service that it had. By itself it takes none that lets in others.")},
      {"loginsPerSecond", number("What its plan allows; more wait.")},
      {"caCert", string()},
      {"connectors", array(any())},
      {"endpointStatuses", array(any())},
      {"routers", array(any())},
  });
}

// The host and the port of an object, where it has them.
BridgeRef bridge_at(const json* place) {
  BridgeRef bridge;
  if (place == nullptr) return bridge;
  bridge.host = text_at(*place, {"host"});
  const json* port = find_at(*place, {"port"});
  const std::int64_t number = port != nullptr && port->is_number_integer() ? port->get<std::int64_t>() : 0;
  if (number > 0 && number <= 65'535) bridge.port = static_cast<std::uint16_t>(number);
  return bridge;
}

// Of a name or an IP address. What it resolves to is found when it is asked.
bool is_host(std::string_view text) {
  const bool is_address =
      text.size() <= 45 && text.find_first_not_of("0123456789abcdefABCDEF:.") == text.npos;
  return is_dns_subdomain(text) || is_address;
}

}  // namespace

const Schema& address_space_schema() {
  static const Schema schema = resource(
      "A group of addresses with a realm and users of its own.",
      object({
          {"type", one_of({"standard", "brokered"}, "Routers and brokers, or one broker."), required},
          {"plan", string("The AddressSpacePlan to apply."), required},
          {"authenticationService",
           object({
               {"name", string("The AuthenticationService to use.")},
               {"type", one_of({"none", "standard", "external"}, "The type of the service to use.")},
               {"overrides", object({{"host", string()}, {"port", port()}, {"realm", string()}})},
           })},
          {"connectors", array(connector())},
          {"endpoints", array(endpoint())},
          {"networkPolicy", object({{"egress", array(any())}, {"ingress", array(any())}})},
      }),
      status());
  return schema;
}

FieldErrors validate_address_space(const json& object) {
  FieldErrors errors;
  const std::string name = text_at(object, {"metadata", "name"});
  if (!name.empty() && !is_address_space_name(name))
    errors.push_back({FieldError::Type::invalid, "metadata.name",
                      quoted(name) +
                          " cannot name an address space: use at most 63 of a-z, 0-9 and '-', beginning with "
                          "a letter, without a dot (a user's name is split at its first dot)"});
  for (auto error : {check_realm_field(object, {"metadata", "annotations", realm_annotation}),
                     check_realm_field(object, {"spec", "authenticationService", "overrides", "realm"})}) {
    if (error) errors.push_back(std::move(*error));
  }
  const std::string host = text_at(object, {"spec", "authenticationService", "overrides", "host"});
  if (!host.empty() && !is_host(host))
    errors.push_back({FieldError::Type::invalid, "spec.authenticationService.overrides.host",
                      quoted(host) + " is no name of a host in lower case, and no IP address"});
  return errors;
}

BridgeChoice bridge_of(const json& space, const ServiceChoice& choice) {
  const auto& [ref, service] = *choice.service;
  BridgeChoice chosen{.bridge = bridge_at(find_at(space, {"spec", "authenticationService", "overrides"})),
                      .ignored = {}};
  chosen.bridge.service = ref;
  if (!chosen.bridge.overrides() || service.overridable) return chosen;
  chosen.ignored =
      "spec.authenticationService.overrides names another host or port, which does not count: " +
      (service.type == ServiceType::external ? "AuthenticationService " + ref.text() +
                                                   " does not have spec.external.host and allowOverride: true"
                                             : "AuthenticationService " + ref.text() + " is not external");
  chosen.bridge = {.service = ref};
  return chosen;
}

Result<RealmClaim> realm_of(const json& space, const ObjectRef& ref, const ServiceChoice& choice) {
  const auto claim = [](Result<Realm> realm, std::string field) -> Result<RealmClaim> {
    if (!realm) return std::unexpected(realm.error());
    return RealmClaim{std::move(*realm), std::move(field)};
  };
  if (const std::string text = text_at(space, {"metadata", "annotations", realm_annotation}); !text.empty())
    return claim(Realm::parse(text), field("metadata.annotations", realm_annotation));
  if (const std::string text = text_at(space, {"spec", "authenticationService", "overrides", "realm"});
      !text.empty())
    return claim(Realm::parse(text), "spec.authenticationService.overrides.realm");
  if (choice.service != nullptr && choice.service->second.realm)
    return RealmClaim{*choice.service->second.realm, "spec.authenticationService"};
  // While it waits for a service that gave it a realm, that stays its own.
  if (const auto& lost = choice.waits_for; lost && !lost->pin.empty() && lost->realm == lost->pin)
    return claim(Realm::parse(lost->pin), "spec.authenticationService");
  return claim(Realm::of_address_space(ref.ns, ref.name), "metadata.name");
}

json address_space_status(const RealmClaim& claim, const ServiceChoice& choice, const BridgeRef& bridge,
                          std::optional<double> logins_per_second, std::vector<std::string> missing,
                          std::vector<std::string> advice) {
  json status{{"isReady", missing.empty()},
              {"phase", missing.empty() ? "Active" : "Pending"},
              {"realm", claim.realm.text()},
              {"messages", std::move(missing)}};
  for (auto& sentence : advice) status["messages"].push_back(std::move(sentence));
  if (logins_per_second) status["loginsPerSecond"] = *logins_per_second;
  if (const auto& lost = choice.waits_for) {
    status["waitsFor"] = {
        {"namespace", lost->service.ns}, {"name", lost->service.name}, {"type", to_string(lost->type)}};
    if (!lost->pin.empty()) status["waitsFor"]["realm"] = lost->pin;
  }
  if (choice.service != nullptr) {
    const auto& [ref, service] = *choice.service;
    status["authenticationService"] = {
        {"namespace", ref.ns}, {"name", ref.name}, {"type", to_string(service.type)}};
    if (service.realm) status["authenticationService"]["realm"] = service.realm->text();
    if (!bridge.host.empty()) status["authenticationService"]["host"] = bridge.host;
    if (bridge.port != 0) status["authenticationService"]["port"] = bridge.port;
  }
  return status;
}

Result<RealmService> realm_service_of(const json& space, ObjectRef ref) {
  auto realm = Realm::parse(text_at(space, {"status", "realm"}));
  if (!realm) return std::unexpected(realm.error());
  BridgeRef bridge = bridge_at(find_at(space, {"status", "authenticationService"}));
  const json* rate = find_at(space, {"status", "loginsPerSecond"});
  return RealmService{.realm = std::move(*realm),
                      .address_space = std::move(ref),
                      .service = {text_at(space, {"status", "authenticationService", "namespace"}),
                                  text_at(space, {"status", "authenticationService", "name"})},
                      .host = std::move(bridge.host),
                      .port = bridge.port,
                      .logins_per_second = rate != nullptr && rate->is_number()
                                               ? std::optional(rate->get<double>())
                                               : std::nullopt};
}

}  // namespace doorward::resources
