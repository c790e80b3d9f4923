#pragma once
// AddressSpacePlan and AddressPlan: how much an address space may have, and what an address takes of it.
#include "server/resources/kinds/schema.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::resources {

const Schema& address_space_plan_schema();
const Schema& address_plan_schema();

FieldErrors validate_address_space_plan(const nlohmann::json& object);
FieldErrors validate_address_plan(const nlohmann::json& object);

// The infra config that an AddressSpacePlan names: `spec.infraConfigRef`, else the annotation
// `enmasse.io/defined-by` of older manifests. Empty where it names none.
std::string infra_config_of(const nlohmann::json& plan);

// What an AddressSpacePlan lacks, a sentence each: `has` says whether an object of that kind (as the store
// names it) and name can be seen from the plan.
using Sees = std::function<bool(std::string_view store_kind, const std::string& name)>;
std::vector<std::string> missing_for_plan(const nlohmann::json& plan, const Sees& has);

// `status` of both kinds: Active, or Pending with what is missing.
nlohmann::json plan_status(const std::vector<std::string>& missing);

}  // namespace doorward::resources
