#pragma once
// Who may call the REST API, kept current: made from the roles and bindings in the store.
#include "policies/rbac_policy.hpp"
#include "server/resources/kept_current.hpp"

#include <map>
#include <span>
#include <string_view>

namespace doorward::resources {

class PolicyParts {
 public:
  using Table = rbac::Policy;

  static std::span<const std::string_view> kinds();
  Result<ResourceVersion> read(const Store& store, std::string_view kind);
  bool take(const StoredObject& object, bool deleted);
  rbac::PolicySnapshot make() const;

 private:
  std::map<rbac::RoleName, rbac::Rules> roles_;
  std::map<rbac::RoleName, rbac::Binding> bindings_;  // by namespace and name of the binding
};

using PolicyWatch = KeptCurrent<PolicyParts>;

}  // namespace doorward::resources
