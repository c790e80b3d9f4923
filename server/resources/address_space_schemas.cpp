#include "server/resources/address_space_schemas.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/workspace.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace doorward::resources {

using nlohmann::json;

namespace {

struct AddressSpaceType {
  std::string_view name;
  std::string_view description;
  std::vector<std::string_view> address_types;
};

const std::vector<AddressSpaceType>& types() {
  static const std::vector<AddressSpaceType> all{
      {"brokered", "One broker: transactions and message groups.", {"queue", "topic", "deadletter"}},
      {"standard",
       "Routers and brokers: any number of connections and addresses.",
       {"anycast", "multicast", "queue", "topic", "subscription", "deadletter"}},
  };
  return all;
}

// What a plan of either kind says of itself, for people who choose.
json plan_entry(const json& plan, std::string_view name, std::string_view amounts) {
  json entry{{"name", name}};
  for (const std::string_view field : {"displayName", "shortDescription"}) {
    if (std::string text = text_at(plan, {"spec", field}); !text.empty())
      entry[field == "displayName" ? "displayName" : "description"] = std::move(text);
  }
  if (const json* numbers = find_at(plan, {"spec", amounts})) entry[amounts] = *numbers;
  return entry;
}

// Plans of one kind whose `spec.FIELD` is `type`, by name.
json plans_of(Workspace& workspace, const Settings& settings, std::string_view store_kind,
              std::string_view field, std::string_view type, std::string_view amounts) {
  json plans = json::array();
  for (const auto* plan : workspace.all(store_kind)) {
    if (plan->key.ns == settings.infra_namespace && text_at(plan->document, {"spec", field}) == type)
      plans.push_back(plan_entry(plan->document, plan->key.name, amounts));
  }
  return plans;
}

}  // namespace

void compute_address_space_schemas(Workspace& workspace, const Settings& settings) {
  const Kind& kind = *find_kind(store_kind::address_space_schemas);
  json services = json::array();
  for (const auto* service : workspace.all(store_kind::authentication_services)) {
    if (service->key.ns == settings.infra_namespace) services.push_back(service->key.name);
  }
  for (const auto& type : types()) {
    json spec{{"description", type.description},
              {"authenticationServices", services},
              {"plans", plans_of(workspace, settings, store_kind::address_space_plans, "addressSpaceType",
                                 type.name, "resourceLimits")},
              {"addressTypes", json::array()}};
    for (const auto& address_type : type.address_types) {
      json plans =
          plans_of(workspace, settings, store_kind::address_plans, "addressType", address_type, "resources");
      spec["addressTypes"].push_back({{"name", address_type}, {"plans", std::move(plans)}});
    }
    workspace.put(kind, {std::string(kind.store_kind), {}, std::string(type.name)},
                  {{"apiVersion", kind.api_version()}, {"kind", kind.name}, {"spec", std::move(spec)}});
  }
}

}  // namespace doorward::resources
