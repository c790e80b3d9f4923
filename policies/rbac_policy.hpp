#pragma once
// All roles and bindings there are, as one immutable value that decides what a caller may: made anew when one
// of them changes and swapped in whole, so that requests ask it without a lock. Any thread.
#include "policies/rbac.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace doorward::rbac {

// Whom a binding is for.
struct Subject {
  enum class Kind { user, group, service_account };
  Kind kind = Kind::user;
  std::string name;
  std::string ns;  // of a service account
  bool operator==(const Subject&) const = default;

  bool is(const Caller& caller) const;
  std::string text() const;  // `Group "team1"`
};

// Namespace and name of a Role; without a namespace a ClusterRole.
struct RoleName {
  std::string ns;
  std::string name;
  auto operator<=>(const RoleName&) const = default;
  std::string text() const;  // `Role "team1/reader"`
};

// A RoleBinding, or without a namespace a ClusterRoleBinding.
struct Binding {
  std::string ns;
  std::string name;
  RoleName role;
  std::vector<Subject> subjects;
  bool operator==(const Binding&) const = default;
};

struct Decision {
  bool allowed = false;
  std::string reason;  // which binding gives it; empty where nothing does
  explicit operator bool() const { return allowed; }
};

using Rules = std::shared_ptr<const std::vector<Rule>>;

class Policy {
 public:
  Policy() = default;
  Policy(std::map<RoleName, Rules> roles, const std::vector<Binding>& bindings);

  // A binding of cluster scope counts everywhere; one of a namespace only for access inside it.
  Decision decide(const Caller& caller, const Access& access) const;

  // Every rule that the caller has in a namespace, or with an empty one in the whole cluster. Rules about
  // paths count where the binding is one of cluster scope.
  std::vector<Rule> rules_of(const Caller& caller, std::string_view ns) const;

  // Null where there is no such role.
  const std::vector<Rule>* role(const RoleName& name) const;

  // Nobody grants what he does not hold. Why the caller may not write a role with these rules, or bind this
  // role in `ns` (empty: everywhere): what he lacks, and which verb would let him. Nothing: he may.
  std::optional<std::string> refuse_role(const Caller& caller, const RoleName& role,
                                         std::span<const Rule> rules) const;
  std::optional<std::string> refuse_binding(const Caller& caller, const RoleName& role,
                                            std::string_view ns) const;

 private:
  using Bindings = std::vector<Binding>;
  const Bindings* bindings_in(std::string_view ns) const;
  template <class Visit>
  void each_rule(const Caller& caller, std::string_view ns, Visit visit) const;
  std::optional<std::string> lacks(const Caller& caller, std::string_view ns,
                                   std::span<const Rule> rules) const;

  std::map<RoleName, Rules> roles_;
  std::map<std::string, Bindings, std::less<>> bindings_;  // by namespace; under "" those of cluster scope
};

using PolicySnapshot = std::shared_ptr<const Policy>;

}  // namespace doorward::rbac
