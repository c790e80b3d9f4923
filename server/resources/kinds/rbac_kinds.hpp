#pragma once
// Role, ClusterRole, RoleBinding and ClusterRoleBinding of `rbac.authorization.k8s.io/v1`: who may call the
// REST API. Their schemas, and the values that policies/rbac_policy.hpp decides by.
#include "policies/rbac_policy.hpp"
#include "server/resources/kinds/schema.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::resources {

// What the rules of one role may stand for, counted by rbac::permissions(): whoever grants it is held against
// each.
inline constexpr std::size_t max_role_permissions = 10'000;

const Schema& role_schema();
const Schema& cluster_role_schema();
const Schema& role_binding_schema();
const Schema& cluster_role_binding_schema();

FieldErrors validate_role(const nlohmann::json& object);
FieldErrors validate_cluster_role(const nlohmann::json& object);
FieldErrors validate_role_binding(const nlohmann::json& object);
FieldErrors validate_cluster_role_binding(const nlohmann::json& object);
// `roleRef` stays: whoever may change the subjects of a binding must not change what they get.
FieldErrors validate_role_binding_change(const nlohmann::json& before, const nlohmann::json& after);

// `ClusterRole/enmasse.io:tenant-view`, for tables.
nlohmann::json role_cell(const nlohmann::json& binding);

// The values of objects that are valid; what is not there is empty.
std::vector<rbac::Rule> rules_of(const nlohmann::json& role);
rbac::Binding binding_of(const nlohmann::json& binding, const ObjectKey& key);

}  // namespace doorward::resources
