#pragma once
// AuthenticationService: how the clients of address spaces are authenticated.
#include "server/resources/schema.hpp"
#include "store/model/realms.hpp"

#include <optional>

#include <nlohmann/json.hpp>

namespace doorward::resources {

const Schema& authentication_service_schema();
FieldErrors validate_authentication_service(const nlohmann::json& object);

// What address spaces need to know of a service.
struct Service {
  ServiceType type = ServiceType::standard;
  std::optional<Realm> realm;  // `spec.realm`: pins its one address space to it
  bool answers = true;         // false: logins end with sys-temp
};
Service service_of(const nlohmann::json& object);

nlohmann::json service_status(const Service& service);

}  // namespace doorward::resources
