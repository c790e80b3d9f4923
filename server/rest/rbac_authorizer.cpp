#include "server/rest/rbac_authorizer.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/catalogue.hpp"
#include "server/resources/write_rights.hpp"
#include "store/model/names.hpp"

#include <string>
#include <utility>

namespace doorward::rest {
namespace {

using nlohmann::json;

// As the reconciliation of the same write will choose: if others wrote in between, the write is done anew.
Reply<std::optional<resources::NewPin>> new_pin(const Store& store, std::string_view infra_namespace,
                                                const ObjectKey& key, const json& before, const json& after) {
  const std::string name = resources::text_at(after, {"spec", "authenticationService", "name"});
  if (key.kind != resources::store_kind::address_spaces || name.empty()) return std::nullopt;
  resources::Services services;
  for (const std::string_view ns : {std::string_view(key.ns), infra_namespace}) {
    const auto found =
        store.get({std::string(resources::store_kind::authentication_services), std::string(ns), name});
    if (!found && found.error().code == ErrorCode::not_found) continue;
    if (!found) return of_store(found.error());
    services.emplace(ObjectRef{std::string(ns), name},
                     resources::service_of(json::parse(found->document, nullptr, false)));
  }
  return resources::new_pin_of(before, after, key.ns, services, infra_namespace);
}

}  // namespace

Authorizer::Decision RbacAuthorizer::decide(const rbac::Caller& caller, const rbac::Access& access) const {
  rbac::Decision decision = policy_.current()->decide(caller, access);
  return {.allowed = decision.allowed, .reason = std::move(decision.reason)};
}

Admit admit_by(const resources::PolicyWatch& policy, const Store& store, std::string infra_namespace) {
  return [&policy, &store, infra = std::move(infra_namespace)](
             const Call& call, const ObjectKey& key, const json& before, const json& after) -> Reply<> {
    const auto pin = new_pin(store, infra, key, before, after);
    if (!pin) return std::unexpected(pin.error());
    const auto refusal =
        resources::refuse_write(*policy.current(), call.request.caller, key, before, after, *pin);
    if (!refusal) return {};
    return std::unexpected(
        Failure{403, "Forbidden", key.kind + " " + quoted(key.name, 256) + " is forbidden: " + *refusal,
                std::string(call.kind->group), std::string(call.kind->plural()), key.name});
  };
}

}  // namespace doorward::rest
