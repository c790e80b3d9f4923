#pragma once
// Who may do what through the REST API, with the meaning of `rbac.authorization.k8s.io/v1`: rules only add,
// and what no rule allows is refused. Pure functions over values; where the rules come from is somebody
// else's business (the Role and RoleBinding objects of the store; see rbac_policy.hpp). Any thread.
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace doorward::rbac {

// Who calls: what a token, a client certificate or a token review said.
struct Caller {
  std::string username;             // `system:anonymous` without credentials
  std::vector<std::string> groups;  // with one of the two below
  bool operator==(const Caller&) const = default;
};

inline constexpr std::string_view authenticated_group = "system:authenticated";
inline constexpr std::string_view unauthenticated_group = "system:unauthenticated";

// Whoever is in it may everything, and no rule can take that away.
inline constexpr std::string_view masters_group = "system:masters";
bool is_master(const Caller& caller);

// The group of the API's own roles and bindings.
inline constexpr std::string_view api_group = "rbac.authorization.k8s.io";

// What a request asks for. Either a resource or, with `path`, something that is none (`/metrics`).
struct Access {
  std::string_view
      verb;  // get, list, watch, create, update, patch, delete, deletecollection, bind, escalate, ...
  std::string_view group;     // API group; empty: the core group
  std::string_view resource;  // plural
  std::string_view subresource = {};
  std::string_view ns = {};    // empty: cluster scope, or every namespace at once
  std::string_view name = {};  // empty: not one object
  std::string_view path = {};  // of a non-resource request
};

// `PolicyRule` of a Role or ClusterRole. `*` is everything, in `resources` every subresource, too; `*/status`
// is that subresource of every resource; `orders` is not `orders/status`. No `resource_names`: every name. A
// `*` at the end of a path stands for any rest.
struct Rule {
  std::vector<std::string> verbs, api_groups, resources, resource_names, non_resource_urls;
  bool operator==(const Rule&) const = default;
};

bool allows(const Rule& rule, const Access& access);

// How many single permissions a rule stands for: each verb at each group, resource and name, and at each
// path. Whoever takes rules from a stranger bounds it: missing() looks at each.
std::size_t permissions(const Rule& rule);

// What of `wanted` the rules `held` do not give, in as few rules as say it: nobody may grant what he does not
// hold. Empty: everything is held. A permission counts as held where one rule gives it whole: `get` and
// `list` do not add up to `*`.
std::vector<Rule> missing(std::span<const Rule> held, std::span<const Rule> wanted);

// `{APIGroups:["enmasse.io"], Resources:["addresses"], Verbs:["get" "list"]}`, as Kubernetes writes it.
std::string text(const Rule& rule);

}  // namespace doorward::rbac
