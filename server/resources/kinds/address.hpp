#pragma once
// Address: a queue, topic or the like of an address space, kept and counted against the space's plan.
#include "policies/plan_limits.hpp"
#include "server/resources/kinds/schema.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::resources {

const Schema& address_schema();
FieldErrors validate_address(const nlohmann::json& object);

// Ready without messages; else Pending, and they say why.
nlohmann::json address_status(const std::vector<std::string>& messages);

// The numbers of a map of a plan: `resourceLimits` of an AddressSpacePlan, `resources` of an AddressPlan.
Amounts amounts_at(const nlohmann::json& plan, std::string_view name);

}  // namespace doorward::resources
