#pragma once
// Merge patches of an object (RFC 7396), which is afterwards no deeper than it or the patch was. Pure
// functions.
#include "server/rest/wire/failure.hpp"

#include <nlohmann/json.hpp>

namespace doorward::rest {

Reply<nlohmann::json> merge_patch(const nlohmann::json& object, const nlohmann::json& patch);

// A strategic merge patch, as kubectl sends it for the kinds of RBAC, whose lists are replaced as a whole.
// Its directives (`$patch`, `$setElementOrder/...`) are not understood and refused.
Reply<nlohmann::json> strategic_merge_patch(const nlohmann::json& object, const nlohmann::json& patch);

}  // namespace doorward::rest
