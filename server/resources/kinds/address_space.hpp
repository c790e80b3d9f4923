#pragma once
// AddressSpace: owns a realm and chooses its authentication service (service_choice.hpp) and plan.
#include "server/resources/kinds/schema.hpp"
#include "server/resources/kinds/service_choice.hpp"
#include "store/model/realms.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::resources {

const Schema& address_space_schema();
FieldErrors validate_address_space(const nlohmann::json& object);

// Whom a space wants to be asked for its external service. What it overrides counts where the service allows
// it; else `ignored` says so.
struct BridgeChoice {
  BridgeRef bridge;
  std::string ignored;
};
// REQUIRES: choice.service
BridgeChoice bridge_of(const nlohmann::json& space, const ServiceChoice& choice);

// The realm that a space asks for, and the field that asks: its annotation `enmasse.io/realm-name`, its
// overrides, its service's `spec.realm`, else the name that EnMasse computes.
struct RealmClaim {
  Realm realm;
  std::string field;
};
Result<RealmClaim> realm_of(const nlohmann::json& space, const ObjectRef& ref, const ServiceChoice& choice);

// What the status of a space says. `bridge`: of an external service. `logins_per_second`: of its plan.
// `missing` keeps it from being ready, `advice` does not.
nlohmann::json address_space_status(const RealmClaim& claim, const ServiceChoice& choice,
                                    const BridgeRef& bridge, std::optional<double> logins_per_second,
                                    std::vector<std::string> missing, std::vector<std::string> advice);

// The space as a login needs it, from its status. `ready` is left to whoever knows the service.
Result<RealmService> realm_service_of(const nlohmann::json& space, ObjectRef ref);

}  // namespace doorward::resources
