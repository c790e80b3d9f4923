#pragma once
// What `kubectl auth whoami` and `kubectl auth can-i` ask: who the caller is, and what he may. Reviews of
// `authentication.k8s.io` and `authorization.k8s.io`, from the JSON that came to the JSON that goes. Pure
// functions.
#include "policies/rbac_policy.hpp"
#include "server/resources/kinds/schema.hpp"
#include "store/model/result.hpp"

#include <nlohmann/json.hpp>

namespace doorward::resources {

const Schema& self_review_schema();
const Schema& self_access_review_schema();
const Schema& self_rules_review_schema();

// Each answers the review with its status; `invalid` where it is of another shape, or does not say what it
// asks. Fields that are unknown here are passed over, as Kubernetes does: newer clients may send more.

// SelfSubjectReview
Result<nlohmann::json> review_self(const rbac::Caller& caller, nlohmann::json review);
// SelfSubjectAccessReview: one thing, by the decision that the request itself would meet.
Result<nlohmann::json> review_access(const rbac::Policy& policy, const rbac::Caller& caller,
                                     nlohmann::json review);
// SelfSubjectRulesReview: everything in a namespace.
Result<nlohmann::json> review_rules(const rbac::Policy& policy, const rbac::Caller& caller,
                                    nlohmann::json review);

}  // namespace doorward::resources
