#pragma once
// The objects of kind AddressSpaceSchema, computed from the plans and services of the infrastructure's
// namespace. Part of reconcile().
#include "server/resources/settings.hpp"

namespace doorward::resources {

class Workspace;

// Puts `standard` and `brokered` into the workspace as they follow from what is in it.
void compute_address_space_schemas(Workspace& workspace, const Settings& settings);

}  // namespace doorward::resources
