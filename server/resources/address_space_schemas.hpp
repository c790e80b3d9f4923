#pragma once
// AddressSpaceSchema: what tenants may choose from, for each type of address space; computed from the plans
// and services of the infrastructure's namespace, and read-only.
#include "server/resources/schema.hpp"
#include "server/resources/settings.hpp"

namespace doorward::resources {

class Workspace;

const Schema& schema_of_address_space_schemas();

// Puts `standard` and `brokered` into the workspace as they follow from what is in it. Part of reconcile().
void compute_address_space_schemas(Workspace& workspace, const Settings& settings);

}  // namespace doorward::resources
