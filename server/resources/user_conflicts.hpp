#pragma once
// Users of one address space that want the same thing: a name, or to be the one that somebody else's identity
// stands for.
#include "server/resources/reconcile.hpp"

#include <vector>

namespace doorward::resources {

// Of the users that the write touched, those who want what another one has.
struct UserConflicts {
  // A username that two of them want.
  std::vector<Conflict> among_them;
  // The username, or the identity at a provider, of a user that the write does not touch; or of one that is
  // in this list, and so stays as it was.
  std::vector<Conflict> with_others;
};

// The store refuses usernames as well; this finds all of them, and says who has the name. Reads every user of
// these address spaces.
UserConflicts user_conflicts(Workspace& workspace);

// Users that the write makes the federated user of a provider's `federatedUsername`, which another user of
// their address space is: nobody could tell whose login it is. Compared byte by byte.
std::vector<Conflict> federated_conflicts(Workspace& workspace);

}  // namespace doorward::resources
