#pragma once
// Patches of an object: RFC 7396 merge patches and RFC 6902 JSON patches, within bounds. Pure functions.
#include "server/rest/failure.hpp"

#include <cstddef>
#include <string_view>

#include <nlohmann/json.hpp>

namespace doorward::rest {

inline constexpr std::size_t max_patch_operations = 1'000;
inline constexpr std::size_t max_patched_bytes = 3u << 20;

Reply<nlohmann::json> merge_patch(const nlohmann::json& object, const nlohmann::json& patch);

// 400 for what is no JSON patch, 422 for one that does not apply to the object.
Reply<nlohmann::json> json_patch(const nlohmann::json& object, const nlohmann::json& patch);

// A strategic merge patch, as kubectl sends it for the kinds of RBAC, whose lists are replaced as a whole.
// Its directives (`$patch`, `$setElementOrder/...`) are not understood and refused.
Reply<nlohmann::json> strategic_merge_patch(const nlohmann::json& object, const nlohmann::json& patch);

}  // namespace doorward::rest
