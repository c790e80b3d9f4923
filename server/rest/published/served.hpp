#pragma once
// What the REST API serves, as its documents about itself need it: a row for each resource. Values.
#include "server/resources/kinds/catalogue.hpp"

#include <string>
#include <vector>

namespace doorward::rest {

// A subresource that is only read: `credentials`, a `MessagingUserCredentials`.
struct ReadSubresource {
  std::string name, kind;
  const resources::Schema* schema;
};

struct Served {
  std::string group, version;  // the group is empty for the core group
  std::string plural, kind;
  bool namespaced = true;
  bool has_status = false;
  std::vector<std::string> verbs;
  std::vector<ReadSubresource> read_subresources = {};
  std::vector<std::string> short_names = {};
  std::vector<std::string> categories = {};
  const resources::Schema* schema = nullptr;  // null: of no shape that is published

  std::string group_version() const { return group.empty() ? version : group + "/" + version; }
  std::string singular() const;
};

// The row of a kind that is no table of the store: made when somebody looks, and deleted at its source.
Served served_virtual(const resources::Kind& kind);

}  // namespace doorward::rest
