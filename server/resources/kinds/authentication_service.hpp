#pragma once
// AuthenticationService: how the clients of address spaces are authenticated.
#include "server/resources/kinds/schema.hpp"
#include "store/model/realms.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::resources {

const Schema& authentication_service_schema();
FieldErrors validate_authentication_service(const nlohmann::json& object);
// Of a database that EnMasse would have kept the users in.
std::vector<std::string> authentication_service_warnings(const nlohmann::json& object);

// What address spaces need to know of a service.
struct Service {
  ServiceType type = ServiceType::standard;
  std::optional<Realm> realm;           // `spec.realm`: pins its one address space to it
  bool answers = true;                  // false: logins end with sys-temp
  std::string why_not;                  // it does not answer; may be empty
  std::vector<std::string> mechanisms;  // of an external one: what its bridge can do
  bool overridable = false;             // address spaces may name another place for it: `allowOverride`
  std::string remark;                   // for its status, though it answers; may be empty
};
// An external service answers where its status says so.
Service service_of(const nlohmann::json& object);

// How the bridge of an external service is, for its status.
struct BridgeState {
  std::string why_not;  // it does not answer; empty: it does
  std::vector<std::string> mechanisms;
};

// Which plugin an external service wants, and what for: `spec.external`. Of a `host` it is the relay, with
// these fields as its configuration.
struct BridgeSpec {
  std::string plugin;
  std::string config;  // JSON
  std::chrono::milliseconds time_limit{5'000};
  std::size_t threads = 8;
  bool admin_allowed = false;
  bool operator==(const BridgeSpec&) const = default;
};
// `bridge` says which host and port count in place of the object's. REQUIRES: an external service that
// validate_authentication_service() accepts.
BridgeSpec bridge_spec_of(const nlohmann::json& object, const BridgeRef& bridge);

nlohmann::json service_status(const Service& service);

}  // namespace doorward::resources
