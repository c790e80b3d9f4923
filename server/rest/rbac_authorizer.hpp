#pragma once
// The REST API's decisions by the roles and bindings in the store: whether a caller may ask at all, and
// whether he may write just that object. Any thread; a decision takes no lock but for a copy of a pointer.
#include "server/resources/policy_watch.hpp"
#include "server/rest/authorizer.hpp"
#include "server/rest/object_writer.hpp"

#include <cstdint>
#include <string>

namespace doorward::rest {

class RbacAuthorizer final : public Authorizer {
 public:
  // `policy` must outlive it.
  explicit RbacAuthorizer(const resources::PolicyWatch& policy) : policy_(policy) {}

  Decision decide(const rbac::Caller& caller, const rbac::Access& access) const override;
  std::uint64_t revision() const override { return policy_.revision(); }

 private:
  const resources::PolicyWatch& policy_;
};

// Refuses, with 403 and what is missing, roles and bindings that give what their writer does not hold, and
// realms claimed without the right to: by their name, or by that of a service which is pinned to one.
// `policy` and `store` must outlive it.
Admit admit_by(const resources::PolicyWatch& policy, const Store& store, std::string infra_namespace);

}  // namespace doorward::rest
