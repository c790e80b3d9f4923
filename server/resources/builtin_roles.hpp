#pragma once
// The roles that are there from the start: Kubernetes' own `cluster-admin` and what every caller may, and the
// example roles that EnMasse ships (tenant-view, tenant-edit, service-admin).
#include "server/resources/document/document.hpp"
#include "store/store.hpp"

#include <vector>

namespace doorward::resources {

// Their manifests.
std::vector<Document> builtin_roles();

// Writes those that are missing or differ, in one commit; one whose annotation
// `rbac.authorization.kubernetes.io/autoupdate` has been set to "false" is left as it is. For each start.
Result<> write_builtin_roles(Store& store);

// Whether an object is one of them and kept up to date here: not one that somebody has taken over.
bool is_builtin(const nlohmann::json& object);

}  // namespace doorward::resources
