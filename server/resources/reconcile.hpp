#pragma once
// What follows from the objects as they shall be: statuses, realms, where users log in; and what must not be.
// It changes the workspace only, so that what follows is committed together with what caused it. No clock, no
// input or output of its own.
#include "server/resources/settings.hpp"
#include "server/resources/workspace.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace doorward::resources {

// An object that cannot be as it shall be, because of another one.
struct Conflict {
  ObjectKey key;
  FieldError error;
  // A new user beyond what its plan allows: it can be written all the same, and is Pending until there is
  // room. Whoever creates it by hand is refused; what is applied says how things shall be, and waits.
  bool waits = false;
  // The object that has what this one wants, where it may be of another namespace, and the message without
  // its name: for whoever may not read it.
  std::optional<ObjectKey> holder = {};
  std::string unnamed = {};
};

// Derives the status of every service, plan and address space when the write touched one of these kinds, of
// the addresses and users that it touched, and of those whose address space or plan came, went or changed.
// Answers address spaces whose realm or service is another one's, users who would be one and the same to a
// provider, and new users that their plan does not allow.
std::vector<Conflict> reconcile(Workspace& workspace, const Settings& settings, std::string_view now);

}  // namespace doorward::resources
