#include "policies/rbac_policy.hpp"

#include "store/model/names.hpp"

#include <algorithm>

namespace doorward::rbac {
namespace {

constexpr std::string_view service_account_prefix = "system:serviceaccount:";
constexpr std::size_t max_missing_shown = 20;

std::string scoped(std::string_view ns, std::string_view name) {
  return quoted(ns.empty() ? std::string(name) : std::string(ns).append("/").append(name), 320);
}

std::string reason_of(const Binding& binding, const Subject& subject) {
  return "allowed by " + std::string(binding.ns.empty() ? "ClusterRoleBinding " : "RoleBinding ") +
         scoped(binding.ns, binding.name) + " of " + binding.role.text() + " to " + subject.text();
}

// Every permission there is, as the role cluster-admin has it.
const Rule& everything() {
  static const Rule rule{.verbs = {"*"}, .api_groups = {"*"}, .resources = {"*"}, .non_resource_urls = {"*"}};
  return rule;
}

std::string who(const Caller& caller) {
  std::string groups;
  for (const auto& group : caller.groups) groups.append(groups.empty() ? "" : " ").append(quoted(group));
  return "user " + quoted(caller.username, 256) + " (groups=[" + groups + "])";
}

}  // namespace

bool Subject::is(const Caller& caller) const {
  switch (kind) {
    case Kind::user:
      return name == caller.username;
    case Kind::group:
      return std::ranges::find(caller.groups, name) != caller.groups.end();
    case Kind::service_account:
      break;
  }
  std::string_view account = caller.username;
  if (!account.starts_with(service_account_prefix)) return false;
  account.remove_prefix(service_account_prefix.size());
  return account.size() == ns.size() + 1 + name.size() && account.starts_with(ns) &&
         account[ns.size()] == ':' && account.ends_with(name);
}

std::string Subject::text() const {
  switch (kind) {
    case Kind::user:
      return "User " + quoted(name, 256);
    case Kind::group:
      return "Group " + quoted(name, 256);
    case Kind::service_account:
      break;
  }
  return "ServiceAccount " + scoped(ns, name);
}

std::string RoleName::text() const { return (ns.empty() ? "ClusterRole " : "Role ") + scoped(ns, name); }

Policy::Policy(std::map<RoleName, Rules> roles, const std::vector<Binding>& bindings)
    : roles_(std::move(roles)) {
  for (const Binding& binding : bindings) bindings_[binding.ns].push_back(binding);
}

const std::vector<Rule>* Policy::role(const RoleName& name) const {
  const auto it = roles_.find(name);
  return it == roles_.end() ? nullptr : it->second.get();
}

const Policy::Bindings* Policy::bindings_in(std::string_view ns) const {
  const auto it = bindings_.find(ns);
  return it == bindings_.end() ? nullptr : &it->second;
}

// Visits the rules that bindings of `ns` itself give the caller, until `visit(rule, binding, subject)` is
// true.
template <class Visit>
void Policy::each_rule(const Caller& caller, std::string_view ns, Visit visit) const {
  const Bindings* bindings = bindings_in(ns);
  if (bindings == nullptr) return;
  for (const Binding& binding : *bindings) {
    const auto subject =
        std::ranges::find_if(binding.subjects, [&](const Subject& s) { return s.is(caller); });
    if (subject == binding.subjects.end()) continue;
    const std::vector<Rule>* rules = role(binding.role);
    if (rules == nullptr) continue;
    for (const Rule& rule : *rules) {
      if (visit(rule, binding, *subject)) return;
    }
  }
}

Decision Policy::decide(const Caller& caller, const Access& access) const {
  if (is_master(caller)) return {true, "allowed to the group " + quoted(masters_group)};
  Decision decision;
  const auto visit = [&](const Rule& rule, const Binding& binding, const Subject& subject) {
    if (allows(rule, access)) decision = {true, reason_of(binding, subject)};
    return decision.allowed;
  };
  each_rule(caller, {}, visit);
  if (!decision && !access.ns.empty() && access.path.empty()) each_rule(caller, access.ns, visit);
  return decision;
}

std::vector<Rule> Policy::rules_of(const Caller& caller, std::string_view ns) const {
  if (is_master(caller)) return {everything()};
  std::vector<Rule> rules;
  each_rule(caller, {}, [&](const Rule& rule, const Binding&, const Subject&) {
    rules.push_back(rule);
    return false;
  });
  if (ns.empty()) return rules;
  each_rule(caller, ns, [&](const Rule& rule, const Binding&, const Subject&) {
    if (!rule.resources.empty()) rules.emplace_back(rule).non_resource_urls.clear();
    return false;
  });
  return rules;
}

std::optional<std::string> Policy::lacks(const Caller& caller, std::string_view ns,
                                         std::span<const Rule> rules) const {
  const auto lacking = missing(rules_of(caller, ns), rules);
  if (lacking.empty()) return std::nullopt;
  std::string text = who(caller) + " is attempting to grant RBAC permissions not currently held:";
  for (std::size_t i = 0; i < std::min(lacking.size(), max_missing_shown); ++i)
    text += "\n" + rbac::text(lacking[i]);
  if (lacking.size() > max_missing_shown)
    text += "\nand " + std::to_string(lacking.size() - max_missing_shown) + " more";
  return text;
}

std::optional<std::string> Policy::refuse_role(const Caller& caller, const RoleName& role,
                                               std::span<const Rule> rules) const {
  const std::string_view resource = role.ns.empty() ? "clusterroles" : "roles";
  if (decide(
          caller,
          {.verb = "escalate", .group = api_group, .resource = resource, .ns = role.ns, .name = role.name}))
    return std::nullopt;
  auto refusal = lacks(caller, role.ns, rules);
  if (refusal) *refusal += "\n(the verb \"escalate\" on " + std::string(resource) + " would allow it)";
  return refusal;
}

std::optional<std::string> Policy::refuse_binding(const Caller& caller, const RoleName& role,
                                                  std::string_view ns) const {
  const std::string_view resource = role.ns.empty() ? "clusterroles" : "roles";
  if (decide(caller, {.verb = "bind", .group = api_group, .resource = resource, .ns = ns, .name = role.name}))
    return std::nullopt;
  const std::string way = "(the verb \"bind\" on " + std::string(resource) + " would allow it)";
  const std::vector<Rule>* rules = this->role(role);
  // What it will say when it comes, nobody knows.
  if (rules == nullptr) return role.text() + " does not exist, so it cannot be bound before it does\n" + way;
  auto refusal = lacks(caller, ns, *rules);
  if (refusal) *refusal += "\n" + way;
  return refusal;
}

}  // namespace doorward::rbac
