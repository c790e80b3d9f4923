#include "server/resources/authentication_service.hpp"

#include "server/resources/json_access.hpp"
#include "server/resources/realm_names.hpp"

namespace doorward::resources {

using nlohmann::json;
using namespace shape;

namespace {

Schema secret_reference(std::string_view description = {}) {
  return object({{"name", string()}, {"namespace", string()}}, description);
}
Schema image() { return object({{"name", string()}, {"pullPolicy", string()}}); }
Schema compute() {
  return object({
      {"limits", object({{"cpu", quantity()}, {"memory", quantity()}})},
      {"requests", object({{"cpu", quantity()}, {"memory", quantity()}})},
  });
}

Schema none() {
  return object({
      {"certificateSecret", secret_reference()},
      {"image", image()},
      {"replicas", integer()},
      {"resources", compute()},
  });
}

Schema standard() {
  return object({
      {"certificateSecret", secret_reference()},
      {"credentialsSecret", secret_reference()},
      {"datasource", object({
                         {"type", string(), required},
                         {"host", string()},
                         {"port", port()},
                         {"database", string()},
                         {"credentialsSecret", secret_reference()},
                     })},
      {"storage", object({
                      {"type", one_of({"ephemeral", "persistent-claim"}), required},
                      {"claimName", string()},
                      {"class", string()},
                      {"deleteClaim", boolean()},
                      {"size", quantity()},
                  })},
      {"deploymentName", string()},
      {"image", image()},
      {"initImage", image()},
      {"jvmOptions", string()},
      {"replicas", integer()},
      {"resources", compute()},
      {"routeName", string()},
      {"securityContext", any()},
      {"serviceAccountName", string()},
      {"serviceName", string()},
  });
}

Schema external() {
  return object({
      {"host", string("Where the other service is."), required},
      {"port", port(), required},
      {"caCertSecret", secret_reference("Whom to trust.")},
      {"clientCertSecret", secret_reference("How to introduce oneself.")},
      {"allowOverride", boolean("Whether address spaces may name another host, port and realm.")},
  });
}

}  // namespace

const Schema& authentication_service_schema() {
  static const Schema schema = resource(
      "How the clients of address spaces are authenticated.",
      object({
          {"type",
           one_of({"none", "standard", "external"}, "Full access for all, stored users, or a bridge."),
           required},
          {"realm", string("Pins the one address space of this service to a realm.")},
          {"none", none()},
          {"standard", standard()},
          {"external", external()},
      }),
      object({
          {"phase", string("Pending, Configuring or Active.")},
          {"message", string()},
          {"host", string()},
          {"port", integer()},
          {"caCertSecret", secret_reference()},
          {"clientCertSecret", secret_reference()},
      }));
  return schema;
}

FieldErrors validate_authentication_service(const json& object) {
  FieldErrors errors;
  if (text_at(object, {"spec", "type"}) == "external" && find_at(object, {"spec", "external"}) == nullptr)
    errors.push_back(
        {FieldError::Type::required, "spec.external", "is required for the type external: host and port"});
  if (auto error = check_realm_field(object, {"spec", "realm"})) errors.push_back(std::move(*error));
  return errors;
}

Service service_of(const json& object) {
  Service service;
  const std::string type = text_at(object, {"spec", "type"});
  service.type = type == "none"       ? ServiceType::none
                 : type == "external" ? ServiceType::external
                                      : ServiceType::standard;
  if (auto realm = Realm::parse(text_at(object, {"spec", "realm"}))) service.realm = std::move(*realm);
  service.answers = service.type != ServiceType::external;
  return service;
}

json service_status(const Service& service) {
  if (service.answers) return {{"phase", "Active"}};
  return {{"phase", "Pending"},
          {"message", "no bridge to an external service is loaded: logins end with sys-temp"}};
}

}  // namespace doorward::resources
