#pragma once
// What follows for address spaces, and for the plans and services that they choose between: who gets which
// realm, and what keeps whom from being ready. Part of reconcile().
#include "server/resources/reconcile.hpp"

#include <vector>

namespace doorward::resources {

// Derives the status of every plan, service and address space that there is. Adds to `conflicts` the spaces
// whose realm or service is another one's.
void reconcile_spaces(Workspace& workspace, const Settings& settings, std::vector<Conflict>& conflicts);

}  // namespace doorward::resources
