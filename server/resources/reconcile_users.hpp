#pragma once
// What follows for users: where each of them logs in, and who waits for an address space or for room in it.
// Part of reconcile(), after the address spaces.
#include "server/resources/reconcile.hpp"

#include <string_view>
#include <vector>

namespace doorward::resources {

// Derives the status of the users that the write touched, and of those whose address space or plan came, went
// or changed. Adds to `conflicts` new users that their plan does not allow.
void reconcile_users(Workspace& workspace, const Settings& settings, std::string_view now,
                     std::vector<Conflict>& conflicts);

}  // namespace doorward::resources
