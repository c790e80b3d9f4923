#include "server/resources/kinds/plans.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/catalogue.hpp"
#include "store/model/names.hpp"

namespace doorward::resources {

using nlohmann::json;
using namespace shape;

namespace {

// An open map: `messaging-users` and the like stand beside what EnMasse knows.
Schema amounts(std::string_view description) { return map(number(), description); }

Schema status() {
  return object({
      {"phase", string("Active, or Pending while something that the plan names is missing.")},
      {"message", string("What is missing.")},
  });
}

FieldErrors negative_amounts(const json& object, std::string_view name) {
  FieldErrors errors;
  const json* map = find_at(object, {"spec", name});
  if (map == nullptr || !map->is_object()) return errors;
  for (const auto& [key, value] : map->items()) {
    if (!value.is_number() || value.get<double>() >= 0) continue;
    errors.push_back({FieldError::Type::invalid, field(field("spec", name), key), "must be 0 or more"});
  }
  return errors;
}

}  // namespace

const Schema& address_space_plan_schema() {
  static const Schema schema = resource(
      "How much an address space may have.",
      object({
          {"addressSpaceType", one_of({"standard", "brokered"}, "The type of address space that it is for."),
           required},
          {"addressPlans", array(string(), "The AddressPlans that its addresses may have."), required},
          {"resourceLimits", amounts("Limits by name: router, broker, aggregate and others."), required},
          {"infraConfigRef", string("The infra config of that type.")},
          {"displayName", string()},
          {"displayOrder", integer()},
          {"shortDescription", string()},
          {"longDescription", string()},
      }),
      status());
  return schema;
}

const Schema& address_plan_schema() {
  static const Schema schema = resource(
      "What an address takes of the limits of its address space.",
      object({
          {"addressType", one_of({"queue", "topic", "subscription", "anycast", "multicast", "deadletter"}),
           required},
          {"resources", amounts("What an address takes, by name: router, broker.")},
          {"partitions", integer({1, INT32_MAX}, "The brokers that a queue is spread over.")},
          {"messageRedelivery", object({
                                    {"maximumDeliveryAttempts", integer()},
                                    {"maximumDeliveryDelay", integer()},
                                    {"redeliveryDelay", integer()},
                                    {"redeliveryDelayMultiplier", number()},
                                })},
          {"messageTtl", object({{"maximum", integer()}, {"minimum", integer()}})},
          {"displayName", string()},
          {"displayOrder", integer()},
          {"shortDescription", string()},
          {"longDescription", string()},
      }),
      status());
  return schema;
}

FieldErrors validate_address_space_plan(const json& object) {
  return negative_amounts(object, "resourceLimits");
}

FieldErrors validate_address_plan(const json& object) {
  FieldErrors errors = negative_amounts(object, "resources");
  const std::string type = text_at(object, {"spec", "addressType"});
  if (!type.empty() && type != "deadletter" && find_at(object, {"spec", "resources"}) == nullptr)
    errors.push_back(
        {FieldError::Type::required, "spec.resources", "is required for every type but deadletter"});
  return errors;
}

std::string infra_config_of(const json& plan) {
  const std::string reference = text_at(plan, {"spec", "infraConfigRef"});
  return reference.empty() ? text_at(plan, {"metadata", "annotations", "enmasse.io/defined-by"}) : reference;
}

std::vector<std::string> missing_for_plan(const json& plan, const Sees& has) {
  std::vector<std::string> missing;
  const bool brokered = text_at(plan, {"spec", "addressSpaceType"}) == "brokered";
  const std::string config = infra_config_of(plan);
  if (config.empty()) {
    missing.push_back("spec.infraConfigRef is missing (set it)");
  } else if (!has(brokered ? store_kind::brokered_infra_configs : store_kind::standard_infra_configs,
                  config)) {
    missing.push_back((brokered ? "BrokeredInfraConfig " : "StandardInfraConfig ") + quoted(config) +
                      " does not exist");
  }
  if (const json* names = find_at(plan, {"spec", "addressPlans"})) {
    for (const auto& name : *names) {
      const auto& text = name.get_ref<const std::string&>();
      if (!has(store_kind::address_plans, text))
        missing.push_back("AddressPlan " + quoted(text) + " does not exist");
    }
  }
  return missing;
}

json plan_status(const std::vector<std::string>& missing) {
  if (missing.empty()) return {{"phase", "Active"}};
  std::string message;
  for (const auto& sentence : missing) message += (message.empty() ? "" : "; ") + sentence;
  return {{"phase", "Pending"}, {"message", message}};
}

}  // namespace doorward::resources
