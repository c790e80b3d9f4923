#include "server/rest/wire/patch.hpp"

#include <algorithm>

namespace doorward::rest {

using nlohmann::json;

namespace {

bool has_directive(const json& value) {
  if (!value.is_structured()) return false;
  if (value.is_object()) {
    for (const auto& [name, item] : value.items()) {
      if (name.starts_with('$') || has_directive(item)) return true;
    }
    return false;
  }
  return std::ranges::any_of(value, has_directive);
}

}  // namespace

Reply<json> merge_patch(const json& object, const json& patch) {
  if (!patch.is_object()) return bad_request("a merge patch must be an object");
  json merged = object;
  merged.merge_patch(patch);
  return merged;
}

Reply<json> strategic_merge_patch(const json& object, const json& patch) {
  if (has_directive(patch))
    return unprocessable(
        "directives of strategic merge patches ($patch and the like) are not supported: use a merge "
        "patch or a JSON patch (--type merge, --type json)");
  return merge_patch(object, patch);
}

}  // namespace doorward::rest
