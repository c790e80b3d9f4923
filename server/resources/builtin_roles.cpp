#include "server/resources/builtin_roles.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/document/yaml.hpp"
#include "server/resources/kinds/uid.hpp"
#include "server/resources/manifest.hpp"
#include "server/resources/prepare.hpp"
#include "server/resources/workspace.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace doorward::resources {
namespace {

constexpr int max_attempts = 5;

constexpr std::string_view autoupdate = "rbac.authorization.kubernetes.io/autoupdate";
constexpr std::string_view bootstrapping = "kubernetes.io/bootstrapping";
constexpr std::string_view our_defaults = "rbac-defaults";

constexpr std::string_view manifests = R"yaml(
{kind: ClusterRole, metadata: {name: cluster-admin}, rules: [
  {apiGroups: ["*"], resources: ["*"], verbs: ["*"]},
  {nonResourceURLs: ["*"], verbs: ["*"]}]}
---
{kind: ClusterRoleBinding, metadata: {name: cluster-admin},
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin},
  subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:masters"}]}
---
{kind: ClusterRole, metadata: {name: "system:basic-user"}, rules: [
  {apiGroups: [authorization.k8s.io], resources: [selfsubjectaccessreviews, selfsubjectrulesreviews], verbs: [create]},
  {apiGroups: [authentication.k8s.io], resources: [selfsubjectreviews], verbs: [create]}]}
---
{kind: ClusterRoleBinding, metadata: {name: "system:basic-user"},
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:basic-user"},
  subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated"}]}
---
{kind: ClusterRole, metadata: {name: "system:discovery"}, rules: [
  {nonResourceURLs: [/api, /api/*, /apis, /apis/*, /openapi, /openapi/*, /version, /version/], verbs: [get]}]}
---
{kind: ClusterRoleBinding, metadata: {name: "system:discovery"},
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:discovery"},
  subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated"},
             {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:unauthenticated"}]}
---
{kind: ClusterRole, metadata: {name: "enmasse.io:schema"}, rules: [
  {apiGroups: [enmasse.io], resources: [addressspaceschemas], verbs: [get, list, watch]}]}
---
{kind: ClusterRoleBinding, metadata: {name: "enmasse.io:schema"},
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "enmasse.io:schema"},
  subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated"}]}
---
{kind: ClusterRole, metadata: {name: "enmasse.io:tenant-view"}, rules: [
  {apiGroups: [enmasse.io], resources: [addresses, addressspaces], verbs: [get, list, watch]},
  {apiGroups: [enmasse.io], resources: [addressspaceschemas], verbs: [get, list]},
  {apiGroups: [user.enmasse.io], resources: [messagingusers], verbs: [get, list, watch]},
  {apiGroups: [user.enmasse.io], resources: [addressaccessreviews], verbs: [create]}]}
---
{kind: ClusterRole, metadata: {name: "enmasse.io:tenant-edit"}, rules: [
  {apiGroups: [enmasse.io], resources: [addresses, addressspaces],
    verbs: [create, get, update, delete, list, watch, patch]},
  {apiGroups: [enmasse.io], resources: [addressspaceschemas], verbs: [get, list]},
  {apiGroups: [user.enmasse.io], resources: [messagingusers],
    verbs: [create, get, update, delete, list, watch, patch]},
  {apiGroups: [user.enmasse.io], resources: [addressaccessreviews], verbs: [create]}]}
---
{kind: ClusterRole, metadata: {name: "enmasse.io:service-admin"}, rules: [
  {apiGroups: [admin.enmasse.io],
    resources: [addressplans, addressspaceplans, brokeredinfraconfigs, standardinfraconfigs, authenticationservices],
    verbs: [create, get, update, delete, list, watch, patch]}]}
)yaml";

// By whoever has said so, or since it is a binding of another role by the same name.
bool is_left_alone(const Workspace::Object* object, const Manifest& manifest) {
  if (object == nullptr) return false;
  if (text_at(object->document, {"metadata", "annotations", autoupdate}) == "false") return true;
  return manifest.kind->validate_change != nullptr &&
         !manifest.kind->validate_change(object->document, manifest.document.value).empty();
}

Result<> write_once(Store& store, const Manifests& wanted, const Settings& settings, const std::string& now) {
  Workspace workspace(store);
  for (const auto& manifest : wanted.manifests) {
    if (is_left_alone(workspace.find(manifest.key), manifest)) continue;
    const auto errors = prepare(workspace, *manifest.kind, manifest.document.value, settings);
    if (!errors.empty()) return fail(ErrorCode::internal, errors.front().message);
  }
  const auto writes = workspace.writes(now);
  if (!writes) return std::unexpected(writes.error());
  if (writes->empty()) return {};
  const auto committed = store.commit(*writes);
  if (!committed) return std::unexpected(committed.error());
  return {};
}

}  // namespace

std::vector<Document> builtin_roles() {
  std::vector<Document> documents = read_yaml(manifests, "built in").documents;
  for (auto& document : documents) {
    document.value["apiVersion"] = "rbac.authorization.k8s.io/v1";
    document.value["metadata"]["labels"][bootstrapping] = our_defaults;
    document.value["metadata"]["annotations"][autoupdate] = "true";
  }
  return documents;
}

bool is_builtin(const nlohmann::json& object) {
  return text_at(object, {"metadata", "labels", bootstrapping}) == our_defaults &&
         text_at(object, {"metadata", "annotations", autoupdate}) != "false";
}

Result<> write_builtin_roles(Store& store) {
  const Settings settings;
  const Manifests wanted = identify(builtin_roles(), settings);
  if (!wanted.faults.empty()) return fail(ErrorCode::internal, wanted.faults.front().text());
  const std::string now = rfc3339(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  Result<> written;
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    written = write_once(store, wanted, settings, now);
    const bool overtaken = !written && (written.error().code == ErrorCode::conflict ||
                                        written.error().code == ErrorCode::already_exists);
    if (!overtaken) break;
  }
  return written;
}

}  // namespace doorward::resources
