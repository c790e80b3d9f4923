#pragma once
// The one table of resource kinds: each row names the kind and holds its schema and its validation; whoever
// handles resources (a directory, REST, `sync`) works from this table. A new row: see catalogue.cpp.
#include "server/resources/kinds/schema.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::resources {

// Kinds as ObjectKey::kind names them: plural and group.
namespace store_kind {
inline constexpr std::string_view authentication_services = "authenticationservices.admin.enmasse.io";
inline constexpr std::string_view address_spaces = "addressspaces.enmasse.io";
inline constexpr std::string_view messaging_users = "messagingusers.user.enmasse.io";
inline constexpr std::string_view address_space_plans = "addressspaceplans.admin.enmasse.io";
inline constexpr std::string_view address_plans = "addressplans.admin.enmasse.io";
inline constexpr std::string_view brokered_infra_configs = "brokeredinfraconfigs.admin.enmasse.io";
inline constexpr std::string_view standard_infra_configs = "standardinfraconfigs.admin.enmasse.io";
inline constexpr std::string_view addresses = "addresses.enmasse.io";
inline constexpr std::string_view address_space_schemas = "addressspaceschemas.enmasse.io";
inline constexpr std::string_view roles = "roles.rbac.authorization.k8s.io";
inline constexpr std::string_view role_bindings = "rolebindings.rbac.authorization.k8s.io";
inline constexpr std::string_view cluster_roles = "clusterroles.rbac.authorization.k8s.io";
inline constexpr std::string_view cluster_role_bindings = "clusterrolebindings.rbac.authorization.k8s.io";
}  // namespace store_kind

// What a table of objects (`kubectl get`) shows of one, between its name and its age.
struct Column {
  std::string_view name;  // `Username`
  std::vector<std::string_view> path;
  std::string_view type = "string";  // of OpenAPI
  int priority = 0;                  // 1: where there is room only (`-o wide`)
  // In place of the value at `path`, where no field says it as it is.
  nlohmann::json (*cell)(const nlohmann::json& object) = nullptr;
};

enum class Scope : std::uint8_t { namespaced, cluster };

// What `metadata.name` may be: a DNS name, or whatever a path can hold between two slashes.
enum class Names : std::uint8_t { dns_subdomain, path_segment };

struct Kind {
  std::string_view name;        // MessagingUser
  std::string_view store_kind;  // messagingusers.user.enmasse.io
  std::string_view group;       // user.enmasse.io
  std::string_view version;     // v1beta1
  // Versions of the same shape that EnMasse had before: read as `version`, and served under their own name.
  std::vector<std::string_view> older_versions;
  const Schema& schema;  // of the whole object
  // What the schema cannot say, on one object by itself: every fault at once, none of them twice. Has to bear
  // an object that the schema refuses.
  FieldErrors (*validate)(const nlohmann::json& object) = nullptr;
  std::vector<Column> columns = {};
  Scope scope = Scope::namespaced;
  Names names = Names::dns_subdomain;
  // What may not change from the object that is there to the one that shall be, both valid by themselves.
  FieldErrors (*validate_change)(const nlohmann::json& before, const nlohmann::json& after) = nullptr;
  // Made by the server itself out of other objects: nobody else writes or removes one.
  bool computed = false;
  // What is accepted and may not mean what whoever writes it thinks, a sentence each.
  std::vector<std::string> (*warnings)(const nlohmann::json& object) = nullptr;

  // `messagingusers`, as paths of REST name the kind.
  std::string_view plural() const { return store_kind.substr(0, store_kind.find('.')); }
  bool is_namespaced() const { return scope == Scope::namespaced; }
  std::string api_version() const { return std::string(group) + "/" + std::string(version); }
  bool reads(std::string_view api_version) const;
};

std::span<const Kind> kinds();  // what others refer to first: the order of applying them one by one
// The kinds under each of their older versions: the same in all but `version`. What is stored is never of
// one.
std::span<const Kind> older_kinds();
// Null where there is none. The first one takes the words of a manifest, the second only its kind, the last
// one those of a path, which may name an older version.
const Kind* find_kind(std::string_view api_version, std::string_view name);
const Kind* find_kind_named(std::string_view name);
const Kind* find_kind(std::string_view store_kind);
const Kind* find_kind_of_path(std::string_view group, std::string_view version, std::string_view plural);

// Every fault of the object by itself.
FieldErrors validate(const Kind& kind, const nlohmann::json& object);

}  // namespace doorward::resources
