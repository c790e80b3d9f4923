#include "server/rest/wire/protobuf_messages.hpp"

#include <algorithm>

namespace doorward::rest {

namespace {

using Type = ProtobufField::Type;

constexpr bool repeated = true;

constexpr ProtobufField object_meta_fields[] = {
    {1, "name"},
    {2, "generateName"},
    {3, "namespace"},
    {4, "selfLink"},
    {5, "uid"},
    {6, "resourceVersion"},
    {7, "generation", Type::integer},
    {8, "creationTimestamp", Type::time},
    {9, "deletionTimestamp", Type::time},
    {10, "deletionGracePeriodSeconds", Type::integer},
    {11, "labels", Type::text_map},
    {12, "annotations", Type::text_map},
    {13, "ownerReferences", Type::skipped},
    {14, "finalizers", Type::text, repeated},
    {17, "managedFields", Type::skipped},
};
constexpr ProtobufMessage object_meta{object_meta_fields};

constexpr ProtobufField policy_rule_fields[] = {
    {1, "verbs", Type::text, repeated},           {2, "apiGroups", Type::text, repeated},
    {3, "resources", Type::text, repeated},       {4, "resourceNames", Type::text, repeated},
    {5, "nonResourceURLs", Type::text, repeated},
};
constexpr ProtobufMessage policy_rule{policy_rule_fields};
constexpr ProtobufField role_fields[] = {
    {1, "metadata", Type::message, false, &object_meta},
    {2, "rules", Type::message, repeated, &policy_rule},
};
constexpr ProtobufMessage role{role_fields};

constexpr ProtobufField subject_fields[] = {{1, "kind"}, {2, "apiGroup"}, {3, "name"}, {4, "namespace"}};
constexpr ProtobufMessage subject{subject_fields};
constexpr ProtobufField role_ref_fields[] = {{1, "apiGroup"}, {2, "kind"}, {3, "name"}};
constexpr ProtobufMessage role_ref{role_ref_fields};
constexpr ProtobufField role_binding_fields[] = {
    {1, "metadata", Type::message, false, &object_meta},
    {2, "subjects", Type::message, repeated, &subject},
    {3, "roleRef", Type::message, false, &role_ref},
};
constexpr ProtobufMessage role_binding{role_binding_fields};

constexpr ProtobufField resource_attributes_fields[] = {
    {1, "namespace"},
    {2, "verb"},
    {3, "group"},
    {4, "version"},
    {5, "resource"},
    {6, "subresource"},
    {7, "name"},
    {8, "fieldSelector", Type::skipped},
    {9, "labelSelector", Type::skipped},
};
constexpr ProtobufMessage resource_attributes{resource_attributes_fields};
constexpr ProtobufField non_resource_attributes_fields[] = {{1, "path"}, {2, "verb"}};
constexpr ProtobufMessage non_resource_attributes{non_resource_attributes_fields};
constexpr ProtobufField access_review_spec_fields[] = {
    {1, "resourceAttributes", Type::message, false, &resource_attributes},
    {2, "nonResourceAttributes", Type::message, false, &non_resource_attributes},
};
constexpr ProtobufMessage access_review_spec{access_review_spec_fields};
constexpr ProtobufField access_review_fields[] = {
    {1, "metadata", Type::message, false, &object_meta},
    {2, "spec", Type::message, false, &access_review_spec},
    {3, "status", Type::skipped},
};
constexpr ProtobufMessage access_review{access_review_fields};
constexpr ProtobufField rules_review_spec_fields[] = {{1, "namespace"}};
constexpr ProtobufMessage rules_review_spec{rules_review_spec_fields};
constexpr ProtobufField rules_review_fields[] = {
    {1, "metadata", Type::message, false, &object_meta},
    {2, "spec", Type::message, false, &rules_review_spec},
    {3, "status", Type::skipped},
};
constexpr ProtobufMessage rules_review{rules_review_fields};
constexpr ProtobufField subject_review_fields[] = {
    {1, "metadata", Type::message, false, &object_meta},
    {2, "status", Type::skipped},
};
constexpr ProtobufMessage subject_review{subject_review_fields};

constexpr ProtobufField preconditions_fields[] = {{1, "uid"}, {2, "resourceVersion"}};
constexpr ProtobufMessage preconditions{preconditions_fields};
constexpr ProtobufField delete_options_fields[] = {
    {1, "gracePeriodSeconds", Type::integer},
    {2, "preconditions", Type::message, false, &preconditions},
    {3, "orphanDependents", Type::boolean},
    {4, "propagationPolicy"},
    {5, "dryRun", Type::text, repeated},
    {6, "ignoreStoreReadErrorWithClusterBreakingPotential", Type::boolean},
};
constexpr ProtobufMessage delete_options{delete_options_fields};

struct Known {
  std::string_view group;  // of the apiVersion; empty: any group, as DeleteOptions have
  std::string_view kind;
  const ProtobufMessage* message;
};
constexpr std::string_view rbac_group = "rbac.authorization.k8s.io";
constexpr Known known[] = {
    {rbac_group, "Role", &role},
    {rbac_group, "ClusterRole", &role},
    {rbac_group, "RoleBinding", &role_binding},
    {rbac_group, "ClusterRoleBinding", &role_binding},
    {"authorization.k8s.io", "SelfSubjectAccessReview", &access_review},
    {"authorization.k8s.io", "SelfSubjectRulesReview", &rules_review},
    {"authentication.k8s.io", "SelfSubjectReview", &subject_review},
    {"", "DeleteOptions", &delete_options},
};

}  // namespace

const ProtobufMessage* find_protobuf_message(std::string_view api_version, std::string_view kind) {
  const std::string_view group = api_version.substr(0, api_version.find('/'));
  const auto it = std::ranges::find_if(
      known, [&](const Known& one) { return one.kind == kind && (one.group.empty() || one.group == group); });
  return it == std::ranges::end(known) ? nullptr : it->message;
}

}  // namespace doorward::rest
