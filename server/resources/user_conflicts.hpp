#pragma once
// Users of one address space that want the same thing: a name, or to be the one that somebody else's identity
// stands for.
#include "server/resources/reconcile.hpp"

#include <vector>

namespace doorward::resources {

// Users that the write touched and whose name another user of their address space has. The store refuses them
// as well; this finds all of them, and says who has the name. Reads every user of these address spaces.
std::vector<Conflict> username_conflicts(Workspace& workspace);

// Users that the write makes the federated user of a provider's `federatedUsername`, which another user of
// their address space is: nobody could tell whose login it is. Compared byte by byte.
std::vector<Conflict> federated_conflicts(Workspace& workspace);

}  // namespace doorward::resources
