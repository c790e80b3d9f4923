#pragma once
// What a path names, as Kubernetes lays paths out. Pure functions.
//
//   /api/V/...  and  /apis/G/V/...  followed by
//   RESOURCE[/NAME[/SUBRESOURCE]]   or   namespaces/NS/RESOURCE[/NAME[/SUBRESOURCE]]
#include "policies/rbac.hpp"
#include "server/rest/wire/percent.hpp"

#include <optional>
#include <string>
#include <vector>

namespace doorward::rest {

struct Target {
  std::string group, version;  // the group is empty for the core group
  std::string ns, resource, name, subresource;
  std::size_t extra = 0;  // segments behind a subresource, of which there are none here
};

// Nothing where the path names no resource (`/version`, `/apis/G/V`).
std::optional<Target> target_of(const std::vector<std::string>& segments);

// The verb of RBAC that a method asks for; empty for a method that is not there.
std::string_view verb_of(std::string_view method, bool of_one, bool watch);

}  // namespace doorward::rest
