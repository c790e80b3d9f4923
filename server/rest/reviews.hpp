#pragma once
// The reviews of the API, as virtual resources: SelfSubjectReview, SelfSubjectAccessReview,
// SelfSubjectRulesReview (what `kubectl auth` asks) and AddressAccessReview.
#include "server/resources/policy_watch.hpp"
#include "server/rest/published/served.hpp"
#include "server/rest/virtual_resource.hpp"
#include "store/store.hpp"

#include <vector>

namespace doorward::rest {

// Both must outlive what is answered.
std::vector<VirtualResource> reviews(const resources::PolicyWatch& policy, const Store& store);

// The same ones, as discovery shows them.
std::vector<Served> served_reviews();

}  // namespace doorward::rest
