#pragma once
// Who may do what through the REST API, with the meaning of `rbac.authorization.k8s.io/v1`: rules only add, and
// what no rule allows is refused. Pure functions over values; where the rules come from is somebody else's
// business (the Role and RoleBinding objects of the store). Any thread.
#include <string>
#include <string_view>
#include <vector>

namespace doorward::rbac {

// Who calls: what a token, a client certificate or a token review said.
struct Caller {
  std::string username;             // `system:anonymous` without credentials
  std::vector<std::string> groups;  // with `system:authenticated` or `system:unauthenticated`
  bool operator==(const Caller&) const = default;
};

// Whoever is in it may everything, and no rule can take that away.
inline constexpr std::string_view masters_group = "system:masters";

// What a request asks for. Either a resource or, with `path`, something that is none (`/metrics`).
struct Access {
  std::string_view verb;      // get, list, watch, create, update, patch, delete, deletecollection, bind, escalate, ...
  std::string_view group;     // API group; empty: the core group
  std::string_view resource;  // plural
  std::string_view subresource = {};
  std::string_view ns = {};    // empty: cluster scope, or every namespace at once
  std::string_view name = {};  // empty: not one object
  std::string_view path = {};  // of a non-resource request
};

// `PolicyRule` of a Role or ClusterRole.
struct Rule {
  std::vector<std::string> verbs, api_groups, resources, resource_names, non_resource_urls;
  bool operator==(const Rule&) const = default;
};

bool allows(const Rule& rule, const Access& access);

}  // namespace doorward::rbac
