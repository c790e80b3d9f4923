#pragma once
// What a write through the REST API needs besides its verb: nobody grants rights that he does not hold, and
// nobody but who may claim realms takes one by name. A folder of the operator's is not asked. Pure functions.
#include "policies/rbac_policy.hpp"
#include "server/resources/kinds/service_choice.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace doorward::resources {

// `claim` on `realms` of `enmasse.io`, in cluster scope, by the name of the realm: takes it for an address
// space, or releases it for other namespaces.
inline constexpr std::string_view claim_verb = "claim";
inline constexpr std::string_view realms_resource = "realms";
rbac::Access claim_of(std::string_view realm);

// What the service pins that an address space names after a write and did not have before: who names it takes
// the realm by that name. `services`: those that it may mean, in its own namespace and in `infra_namespace`.
struct NewPin {
  ObjectRef service;
  Realm realm;
};
std::optional<NewPin> new_pin_of(const nlohmann::json& before, const nlohmann::json& after,
                                 std::string_view ns, const Services& services,
                                 std::string_view infra_namespace);

// Why the caller may not turn the object `before` (null: not there) into `after`, for a `Forbidden`; nothing:
// he may. What stays as it is takes no right.
std::optional<std::string> refuse_write(const rbac::Policy& policy, const rbac::Caller& caller,
                                        const ObjectKey& key, const nlohmann::json& before,
                                        const nlohmann::json& after, const std::optional<NewPin>& pin = {});

}  // namespace doorward::resources
