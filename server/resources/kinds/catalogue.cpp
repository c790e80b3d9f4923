#include "server/resources/kinds/catalogue.hpp"

#include "server/resources/kinds/address.hpp"
#include "server/resources/kinds/address_space.hpp"
#include "server/resources/kinds/address_space_schema.hpp"
#include "server/resources/kinds/authentication_service.hpp"
#include "server/resources/kinds/infra_configs.hpp"
#include "server/resources/kinds/messaging_user.hpp"
#include "server/resources/kinds/metadata.hpp"
#include "server/resources/kinds/plans.hpp"
#include "server/resources/kinds/rbac_kinds.hpp"
#include "server/resources/kinds/stray_secret.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace doorward::resources {

namespace {

// clang-format off
const std::vector<Column> service_columns{{"Type", {"spec", "type"}}, {"Phase", {"status", "phase"}}, {"Message", {"status", "message"}, "string", 1}};
const std::vector<Column> space_columns{{"Type", {"spec", "type"}}, {"Plan", {"spec", "plan"}}, {"Ready", {"status", "isReady"}, "boolean"}, {"Phase", {"status", "phase"}}, {"Messages", {"status", "messages"}, "string", 1}};
const std::vector<Column> user_columns{{"Username", {"spec", "username"}}, {"Type", {"spec", "authentication", "type"}}, {"Phase", {"status", "phase"}}, {"Message", {"status", "message"}, "string", 1}};
const std::vector<Column> space_plan_columns{{"Type", {"spec", "addressSpaceType"}}, {"Phase", {"status", "phase"}}, {"Message", {"status", "message"}, "string", 1}};
const std::vector<Column> plan_columns{{"Type", {"spec", "addressType"}}, {"Phase", {"status", "phase"}}};
// clang-format on
const std::vector<Column> address_columns{
    {"Address", {"spec", "address"}}, {"Type", {"spec", "type"}},
    {"Plan", {"spec", "plan"}},       {"Ready", {"status", "isReady"}, "boolean"},
    {"Phase", {"status", "phase"}},   {"Messages", {"status", "messages"}, "string", 1}};
const std::vector<Column> schema_columns{{"Description", {"spec", "description"}}};
const std::vector<Column> binding_columns{{"Role", {"roleRef"}, "string", 0, role_cell}};

}  // namespace

// A row makes a kind known, stored, served, exported and pruned. What follows from objects of the kind is
// said elsewhere and has to be looked at beside the row: what the status of address spaces comes from
// (touches_spaces in reconcile.cpp), what each built-in role may do (builtin_roles.cpp), whose readiness the
// log tells (telemetry/status_report.cpp) and the metrics count (telemetry/resource_counts.cpp).
std::span<const Kind> kinds() {
  namespace k = store_kind;
  // clang-format off
  static const std::vector<Kind> table{  // what others refer to first
      {"ClusterRole", k::cluster_roles, rbac::api_group, "v1", {"v1beta1"}, cluster_role_schema(), validate_cluster_role, {}, Scope::cluster, Names::path_segment},
      {"Role", k::roles, rbac::api_group, "v1", {"v1beta1"}, role_schema(), validate_role, {}, Scope::namespaced, Names::path_segment},
      {"ClusterRoleBinding", k::cluster_role_bindings, rbac::api_group, "v1", {"v1beta1"}, cluster_role_binding_schema(), validate_cluster_role_binding, binding_columns, Scope::cluster, Names::path_segment, validate_role_binding_change},
      {"RoleBinding", k::role_bindings, rbac::api_group, "v1", {"v1beta1"}, role_binding_schema(), validate_role_binding, binding_columns, Scope::namespaced, Names::path_segment, validate_role_binding_change},
      {"StandardInfraConfig", k::standard_infra_configs, "admin.enmasse.io", "v1beta1", {"v1alpha1"}, standard_infra_config_schema()},
      {"BrokeredInfraConfig", k::brokered_infra_configs, "admin.enmasse.io", "v1beta1", {"v1alpha1"}, brokered_infra_config_schema()},
      {"AddressPlan", k::address_plans, "admin.enmasse.io", "v1beta2", {}, address_plan_schema(), validate_address_plan, plan_columns},
      {"AddressSpacePlan", k::address_space_plans, "admin.enmasse.io", "v1beta2", {}, address_space_plan_schema(), validate_address_space_plan, space_plan_columns},
      {"AuthenticationService", k::authentication_services, "admin.enmasse.io", "v1beta1", {}, authentication_service_schema(), validate_authentication_service, service_columns, Scope::namespaced, Names::dns_subdomain, nullptr, false, authentication_service_warnings},
      {"AddressSpaceSchema", k::address_space_schemas, "enmasse.io", "v1beta1", {"v1alpha1"}, schema_of_address_space_schemas(), nullptr, schema_columns, Scope::cluster, Names::dns_subdomain, nullptr, true},
      {"AddressSpace", k::address_spaces, "enmasse.io", "v1beta1", {"v1alpha1"}, address_space_schema(), validate_address_space, space_columns},
      {"Address", k::addresses, "enmasse.io", "v1beta1", {"v1alpha1"}, address_schema(), validate_address, address_columns},
      {"MessagingUser", k::messaging_users, "user.enmasse.io", "v1beta1", {"v1alpha1"}, messaging_user_schema(), validate_messaging_user, user_columns},
  };
  // clang-format on
  return table;
}

std::span<const Kind> older_kinds() {
  static const std::vector<Kind> table = [] {
    std::vector<Kind> all;
    for (const Kind& kind : kinds()) {
      for (const std::string_view version : kind.older_versions) {
        Kind older = kind;
        older.version = version;
        older.older_versions = {kind.version};
        all.push_back(std::move(older));
      }
    }
    return all;
  }();
  return table;
}

bool Kind::reads(std::string_view api_version) const {
  const std::size_t slash = api_version.find('/');
  if (slash == std::string_view::npos || api_version.substr(0, slash) != group) return false;
  const std::string_view wanted = api_version.substr(slash + 1);
  return wanted == version || std::ranges::find(older_versions, wanted) != older_versions.end();
}

const Kind* find_kind(std::string_view api_version, std::string_view name) {
  const auto it =
      std::ranges::find_if(kinds(), [&](const Kind& k) { return k.name == name && k.reads(api_version); });
  return it == kinds().end() ? nullptr : &*it;
}

const Kind* find_kind_named(std::string_view name) {
  const auto it = std::ranges::find(kinds(), name, &Kind::name);
  return it == kinds().end() ? nullptr : &*it;
}

const Kind* find_kind(std::string_view store_kind) {
  const auto it = std::ranges::find(kinds(), store_kind, &Kind::store_kind);
  return it == kinds().end() ? nullptr : &*it;
}

const Kind* find_kind_of_path(std::string_view group, std::string_view version, std::string_view plural) {
  for (const auto all : {kinds(), older_kinds()}) {
    const auto it = std::ranges::find_if(
        all, [&](const Kind& k) { return k.group == group && k.version == version && k.plural() == plural; });
    if (it != all.end()) return &*it;
  }
  return nullptr;
}

FieldErrors validate(const Kind& kind, const nlohmann::json& object) {
  // By itself, since other faults quote the values of fields.
  if (auto stray = stray_secret(kind, object)) return {std::move(*stray)};
  FieldErrors errors = check(kind.schema, object);
  errors.append(validate_metadata(object, kind.names));
  if (kind.validate != nullptr) errors.append(kind.validate(object));
  return errors;
}

}  // namespace doorward::resources
