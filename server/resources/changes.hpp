#pragma once
// What a write has changed, by names: for the audit. Values.
#include "server/resources/workspace.hpp"

#include <string>
#include <vector>

namespace doorward::resources {

struct ObjectChange {
  std::string_view what;            // create, update, delete; read, of secrets
  std::string object;               // `MessagingUser team1/orders.alice`
  std::vector<std::string> fields;  // of an update: `spec.authorization`, two names deep; never values
};

// Of writes that this workspace gave. An object that was written twice is told once.
std::vector<ObjectChange> changes_of(Workspace& workspace, const std::vector<Write>& writes);

}  // namespace doorward::resources
