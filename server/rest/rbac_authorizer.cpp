#include "server/rest/rbac_authorizer.hpp"

#include "server/resources/write_rights.hpp"
#include "store/model/names.hpp"

#include <string>
#include <utility>

namespace doorward::rest {

Authorizer::Decision RbacAuthorizer::decide(const rbac::Caller& caller, const rbac::Access& access) const {
  rbac::Decision decision = policy_.current()->decide(caller, access);
  return {.allowed = decision.allowed, .reason = std::move(decision.reason)};
}

Admit admit_by(const resources::PolicyWatch& policy) {
  return [&policy](const Call& call, const ObjectKey& key, const nlohmann::json& before,
                   const nlohmann::json& after) -> Reply<> {
    const auto refusal = resources::refuse_write(*policy.current(), call.request.caller, key, before, after);
    if (!refusal) return {};
    return std::unexpected(
        Failure{403, "Forbidden", key.kind + " " + quoted(key.name, 256) + " is forbidden: " + *refusal,
                std::string(call.kind->group), std::string(call.kind->plural()), key.name});
  };
}

}  // namespace doorward::rest
