#include "server/resources/kinds/infra_configs.hpp"

namespace doorward::resources {

using namespace shape;

namespace {

Schema pod_template() {
  return object({
      {"metadata", object({{"labels", map(string())}})},
      {"spec", object({
                   {"affinity", any()},
                   {"containers", array(any())},
                   {"initContainers", array(any())},
                   {"priorityClassName", string()},
                   {"securityContext", any()},
                   {"tolerations", array(any())},
               })},
  });
}

Schema admin() {
  return object({
      {"podTemplate", pod_template()},
      {"resources", object({{"cpu", quantity()}, {"memory", quantity()}})},
  });
}

// What the brokers of both types have.
std::vector<Schema::Property> broker_fields() {
  return {
      {"addressFullPolicy",
       one_of({"PAGE", "BLOCK", "FAIL", "DROP"}, "What a broker does with a full address.")},
      {"globalMaxSize", quantity("Memory that a broker uses before addressFullPolicy applies.")},
      {"javaOpts", string()},
      {"podTemplate", pod_template()},
      {"resources", object({{"cpu", quantity()}, {"memory", quantity()}, {"storage", quantity()}})},
      {"storageClassName", string()},
      {"updatePersistentVolumeClaim", boolean()},
  };
}

Schema standard_broker() {
  std::vector<Schema::Property> fields = broker_fields();
  fields.push_back({"connectorIdleTimeout", integer()});
  fields.push_back({"connectorWorkerThreads", integer()});
  fields.push_back({"maxUnavailable", quantity()});
  fields.push_back({"minAvailable", quantity()});
  fields.push_back({"minLargeMessageSize", integer()});
  fields.push_back({"treatRejectAsUnmodifiedDeliveryFailed", boolean()});
  fields.push_back({"useModifiedForTransientDeliveryErrors", boolean()});
  return object(std::move(fields));
}

Schema router() {
  return object({
      {"handshakeTimeout", integer()},
      {"idleTimeout", integer()},
      {"linkCapacity", integer()},
      {"maxUnavailable", quantity()},
      {"minAvailable", quantity()},
      {"minReplicas", integer()},
      {"podTemplate", pod_template()},
      {"policy", object({
                     {"maxConnections", integer()},
                     {"maxConnectionsPerHost", integer()},
                     {"maxConnectionsPerUser", integer()},
                     {"maxMessageSize", integer()},
                     {"maxReceiversPerConnection", integer()},
                     {"maxSendersPerConnection", integer()},
                     {"maxSessionsPerConnection", integer()},
                 })},
      {"resources", object({{"cpu", quantity()}, {"memory", quantity()}})},
      {"workerThreads", integer()},
  });
}

Schema network_policy() { return object({{"egress", array(any())}, {"ingress", array(any())}}); }

}  // namespace

const Schema& brokered_infra_config_schema() {
  static const Schema schema = resource("What a brokered address space runs on.",
                                        object({
                                            {"admin", admin()},
                                            {"broker", object(broker_fields())},
                                            {"networkPolicy", network_policy()},
                                            {"version", string()},
                                        }),
                                        any());
  return schema;
}

const Schema& standard_infra_config_schema() {
  static const Schema schema = resource("What a standard address space runs on.",
                                        object({
                                            {"admin", admin()},
                                            {"broker", standard_broker()},
                                            {"networkPolicy", network_policy()},
                                            {"router", router()},
                                            {"version", string()},
                                        }),
                                        any());
  return schema;
}

}  // namespace doorward::resources
