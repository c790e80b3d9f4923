#include "server/resources/write_rights.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/catalogue.hpp"
#include "server/resources/kinds/rbac_kinds.hpp"
#include "server/resources/kinds/realm_names.hpp"
#include "store/model/names.hpp"

#include <algorithm>
#include <vector>

namespace doorward::resources {
namespace {

using nlohmann::json;

// The realms that an object asks for by name. One that is computed from the names of namespace and space is
// nobody's to choose.
std::vector<std::string> claimed_realms(const ObjectKey& key, const json& object) {
  std::vector<std::string> realms;
  if (key.kind == store_kind::address_spaces)
    realms = {text_at(object, {"metadata", "annotations", realm_annotation}),
              text_at(object, {"spec", "authenticationService", "overrides", "realm"})};
  if (key.kind == store_kind::authentication_services) realms = {text_at(object, {"spec", "realm"})};
  std::erase(realms, "");
  return realms;
}

std::string cannot_claim(const rbac::Caller& caller, std::string_view realm) {
  return "user " + quoted(caller.username, 256) + " cannot claim the realm " + quoted(realm) +
         ": it needs the verb \"claim\" on realms in API group \"enmasse.io\" at the cluster scope; ";
}

std::optional<std::string> refuse_claim(const rbac::Policy& policy, const rbac::Caller& caller,
                                        const ObjectKey& key, const json& before, const json& after,
                                        const std::optional<NewPin>& pin) {
  const auto had = claimed_realms(key, before);
  for (const auto& realm : claimed_realms(key, after)) {
    if (std::ranges::find(had, realm) != had.end() || policy.decide(caller, claim_of(realm))) continue;
    return cannot_claim(caller, realm) +
           "without a name of its own an address space gets the realm NAMESPACE-NAME";
  }
  if (pin && !policy.decide(caller, claim_of(pin->realm.text())))
    return cannot_claim(caller, pin->realm.text()) + "AuthenticationService " + pin->service.text() +
           " is pinned to it: name another one";
  return std::nullopt;
}

}  // namespace

rbac::Access claim_of(std::string_view realm) {
  return {.verb = claim_verb, .group = "enmasse.io", .resource = realms_resource, .name = realm};
}

std::optional<NewPin> new_pin_of(const json& before, const json& after, std::string_view ns,
                                 const Services& services, std::string_view infra_namespace) {
  const auto had = had_service(before);
  const auto choice = choose_service({.space = after, .before = before, .ns = ns, .is_written = true}, had,
                                     services, infra_namespace);
  if (choice.service == nullptr || !choice.service->second.realm) return std::nullopt;
  const auto& [ref, service] = *choice.service;
  const std::string& pin = service.realm->text();
  if (had && (had->realm == pin || (had->pin == pin && had->service == ref))) return std::nullopt;
  return NewPin{ref, *service.realm};
}

std::optional<std::string> refuse_write(const rbac::Policy& policy, const rbac::Caller& caller,
                                        const ObjectKey& key, const json& before, const json& after,
                                        const std::optional<NewPin>& pin) {
  if (key.kind == store_kind::roles || key.kind == store_kind::cluster_roles) {
    const auto rules = rules_of(after);
    if (rules == rules_of(before)) return std::nullopt;
    return policy.refuse_role(caller, {key.ns, key.name}, rules);
  }
  if (key.kind == store_kind::role_bindings || key.kind == store_kind::cluster_role_bindings) {
    const auto binding = binding_of(after, key);
    if (binding == binding_of(before, key)) return std::nullopt;
    return policy.refuse_binding(caller, binding.role, key.ns);
  }
  return refuse_claim(policy, caller, key, before, after, pin);
}

}  // namespace doorward::resources
