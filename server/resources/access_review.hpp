#pragma once
// AddressAccessReview (`user.enmasse.io`, not kept): whether a user may do something at an address, which
// rule decided, and what each kind of delegate makes of it.
//
//   spec:   addressSpace, username, operation (send, recv, view, manage), address (for send and recv)
//   status: allowed; reason; delegates[] of delegate, allowed, rule, entry, reason; warnings[]
#include "server/resources/kinds/schema.hpp"
#include "store/model/result.hpp"
#include "store/store.hpp"

#include <expected>
#include <string>

#include <nlohmann/json.hpp>

namespace doorward::resources {

const Schema& access_review_schema();

// The review with its status; field errors where it does not say what it asks. A space or user that is not
// there is an answer: not allowed, and why. Reads the store; any thread that may.
std::expected<nlohmann::json, FieldErrors> review_address_access(const Store& store, const std::string& ns,
                                                                 nlohmann::json review);

}  // namespace doorward::resources
