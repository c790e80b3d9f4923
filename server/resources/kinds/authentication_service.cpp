#include "server/resources/kinds/authentication_service.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/realm_names.hpp"
#include "store/model/names.hpp"

#include <algorithm>

namespace doorward::resources {

using nlohmann::json;
using namespace shape;

namespace {

constexpr const char* relay_plugin = "relay";

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

// Of each place that address spaces name, which may be many: few realms share one.
constexpr std::size_t max_override_threads = 4;

Schema external() {
  return object({
      {"host", string("Where another AMQP-SASL service is, which the relay asks.")},
      {"port", port()},
      {"caCertSecret", secret_reference("Whom to trust.")},
      {"clientCertSecret", secret_reference("How to introduce oneself.")},
      {"allowOverride",
       boolean(
           "Whether address spaces may name another host and port, which never gives the group `admin`.")},
      {"plugin", object({
                     {"name", string("The file NAME.so in the directory of plugins."), required},
                     {"config", any("What the plugin is told; an object. Secrets go into files.")},
                 })},
      {"allowAdmin",
       boolean(
           "Whether the bridge may put clients into the group `admin`; never where an address space names "
           "another host or port.")},
      {"timeoutSeconds", integer({.min = 1, .max = 60}, "How long a login waits for the bridge; 5.")},
      {"threads",
       integer(
           {.min = 1, .max = 256},
           "Calls of the bridge that may block at a time; 8. No address space has more than half of them. "
           "Where address spaces name another host and port, 4 at most.")},
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
          {"realm", string("Pins the one address space that names this service to a realm.")},
          {"none", none()},
          {"standard", standard()},
          {"external", external()},
      }),
      object({
          {"phase", string("Pending, Configuring or Active.")},
          {"message", string()},
          {"mechanisms", array(string(), "Of an external service: what its bridge can do.")},
          {"host", string()},
          {"port", integer()},
          {"caCertSecret", secret_reference()},
          {"clientCertSecret", secret_reference()},
      }));
  return schema;
}

namespace {

// A plugin, or the place of another service; and nothing that only the other one has.
void check_external(const json& external, FieldErrors& errors) {
  using Type = FieldError::Type;
  const bool has_host = find_at(external, {"host"}) != nullptr;
  const bool has_plugin = find_at(external, {"plugin"}) != nullptr;
  if (has_host && has_plugin)
    errors.push_back({Type::forbidden, "spec.external.host",
                      "stands beside plugin: name a plugin, or the host and port that the relay asks"});
  if (!has_host && !has_plugin)
    errors.push_back({Type::required, "spec.external.host",
                      "is required: name the host and port of another service, or a plugin"});
  if (has_host && find_at(external, {"port"}) == nullptr)
    errors.push_back({Type::required, "spec.external.port", "is required beside host"});
  const json* name = find_at(external, {"plugin", "name"});
  if (name != nullptr && name->is_string() && !is_plugin_name(name->get_ref<const std::string&>()))
    errors.push_back({Type::invalid, "spec.external.plugin.name",
                      quoted(name->get_ref<const std::string&>()) +
                          " is no name of a plugin: use at most 64 of a-z, 0-9, '-' and '_', no path"});
  const json* config = find_at(external, {"plugin", "config"});
  if (config != nullptr && !config->is_object())
    errors.push_back({Type::type_invalid, "spec.external.plugin.config", "must be an object"});
  for (const char* field : {"caCertSecret", "clientCertSecret"}) {
    const std::string secret = text_at(external, {field, "name"});
    if (!secret.empty() && !is_dns_subdomain(secret))
      errors.push_back({Type::invalid, std::string("spec.external.") + field + ".name",
                        quoted(secret) + " is no name of a secret: use letters, digits, '-' and '.'"});
  }
}

// Users are in one store, whatever database a service names: who set one up would look for them there. (h2 is
// the file that EnMasse's service keeps by itself.)
std::string datasource_remark(const json& object) {
  if (text_at(object, {"spec", "type"}) != "standard") return {};
  const std::string type = text_at(object, {"spec", "standard", "datasource", "type"});
  if (type.empty() || type == "h2") return {};
  return "spec.standard.datasource: the database of type " + quoted(type) +
         " is not used: doorward keeps users in its own store, in its data directory";
}

std::int64_t number_at(const json& external, const char* field, std::int64_t otherwise) {
  const json* number = find_at(external, {field});
  return number != nullptr && number->is_number_integer() ? number->get<std::int64_t>() : otherwise;
}

}  // namespace

FieldErrors validate_authentication_service(const json& object) {
  FieldErrors errors;
  const json* external = find_at(object, {"spec", "external"});
  if (text_at(object, {"spec", "type"}) == "external" && external == nullptr)
    errors.push_back({FieldError::Type::required, "spec.external",
                      "is required for the type external: host and port, or plugin"});
  if (external != nullptr && external->is_object()) check_external(*external, errors);
  if (auto error = check_realm_field(object, {"spec", "realm"})) errors.push_back(std::move(*error));
  return errors;
}

std::vector<std::string> authentication_service_warnings(const json& object) {
  auto remark = datasource_remark(object);
  if (remark.empty()) return {};
  return {std::move(remark)};
}

Service service_of(const json& object) {
  Service service;
  const std::string type = text_at(object, {"spec", "type"});
  service.type = type == "none"       ? ServiceType::none
                 : type == "external" ? ServiceType::external
                                      : ServiceType::standard;
  if (auto realm = Realm::parse(text_at(object, {"spec", "realm"}))) service.realm = std::move(*realm);
  service.remark = datasource_remark(object);
  if (service.type == ServiceType::external) {
    const json* allowed = find_at(object, {"spec", "external", "allowOverride"});
    service.overridable =
        allowed != nullptr && *allowed == true && find_at(object, {"spec", "external", "host"});
    service.answers = text_at(object, {"status", "phase"}) == "Active";
    if (!service.answers) service.why_not = text_at(object, {"status", "message"});
  }
  return service;
}

BridgeSpec bridge_spec_of(const json& object, const BridgeRef& bridge) {
  const json* external = find_at(object, {"spec", "external"});
  if (external == nullptr) return {};
  BridgeSpec spec{.plugin = text_at(*external, {"plugin", "name"}),
                  .config = "{}",
                  .time_limit = std::chrono::seconds(number_at(*external, "timeoutSeconds", 5)),
                  .threads = static_cast<std::size_t>(number_at(*external, "threads", 8))};
  const json* admin = find_at(*external, {"allowAdmin"});
  spec.admin_allowed = admin != nullptr && *admin == true;
  // Whoever names another place may be a tenant, and that group reaches beyond his address space.
  if (bridge.overrides()) {
    spec.admin_allowed = false;
    spec.threads = std::min(spec.threads, max_override_threads);
  }
  if (spec.plugin.empty()) {
    spec.plugin = relay_plugin;
    json config = json::object();
    for (const char* field : {"host", "port", "caCertSecret", "clientCertSecret"}) {
      if (const json* value = find_at(*external, {field})) config[field] = *value;
    }
    if (!bridge.host.empty()) config["host"] = bridge.host;
    if (bridge.port != 0) config["port"] = bridge.port;
    spec.config = config.dump();
  } else if (const json* config = find_at(*external, {"plugin", "config"})) {
    spec.config = config->dump();
  }
  return spec;
}

json service_status(const Service& service) {
  json active{{"phase", "Active"}};
  if (!service.mechanisms.empty()) active["mechanisms"] = service.mechanisms;
  if (!service.remark.empty()) active["message"] = service.remark;
  if (service.answers) return active;
  return {{"phase", "Pending"}, {"message", service.why_not + ": logins end with sys-temp"}};
}

}  // namespace doorward::resources
