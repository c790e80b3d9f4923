#include "server/rest/patch.hpp"

#include "store/model/names.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace doorward::rest {

using nlohmann::json;

namespace {

// What copies in a patch may grow an object to: as many nodes as max_patched_bytes could spell.
bool is_within_bounds(const json& value, std::size_t& budget, int depth = 0) {
  constexpr int max_depth = 64;
  if (depth > max_depth) return false;
  const std::size_t cost = 1 + (value.is_string() ? value.get_ref<const std::string&>().size() : 0);
  if (cost > budget) return false;
  budget -= cost;
  if (value.is_structured()) {
    for (const auto& item : value) {
      if (!is_within_bounds(item, budget, depth + 1)) return false;
    }
  }
  return true;
}

Reply<> check_operation(const json& operation) {
  const auto text = [&](std::string_view name) {
    return operation.is_object() && operation.contains(name) && operation[name].is_string()
               ? operation[name].get_ref<const std::string&>()
               : std::string();
  };
  const std::string op = text("op");
  constexpr std::string_view ops[] = {"add", "remove", "replace", "move", "copy", "test"};
  if (std::ranges::find(ops, op) == std::ranges::end(ops))
    return bad_request(
        "error decoding patch: an operation's op must be add, remove, replace, move, copy or test");
  const auto is_pointer = [&](std::string_view name) {
    return operation.contains(name) && operation[name].is_string() &&
           (text(name).empty() || text(name).starts_with('/'));
  };
  if (!is_pointer("path") || ((op == "move" || op == "copy") && !is_pointer("from")))
    return bad_request("error decoding patch: path (and from, for move and copy) must be JSON pointers");
  if ((op == "add" || op == "replace" || op == "test") && !operation.contains("value"))
    return bad_request("error decoding patch: add, replace and test need a value");
  return {};
}

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

Reply<json> json_patch(const json& object, const json& patch) {
  if (!patch.is_array())
    return bad_request("error decoding patch: a JSON patch must be a list of operations");
  if (patch.size() > max_patch_operations)
    return std::unexpected(Failure{413, "RequestEntityTooLarge",
                                   "The allowed maximum operations in a JSON patch is " +
                                       std::to_string(max_patch_operations) + ", got " +
                                       std::to_string(patch.size())});
  json patched = object;
  for (const json& operation : patch) {
    if (auto checked = check_operation(operation); !checked)
      return std::unexpected(std::move(checked.error()));
    try {
      patched = patched.patch(json::array({operation}));
    } catch (const std::exception&) {  // its text may quote what was patched
      return unprocessable("the patch does not apply: " + operation["op"].get<std::string>() + " " +
                           quoted(operation["path"].get<std::string>(), 256));
    }
    std::size_t budget = max_patched_bytes;
    if (operation["op"] == "copy" && !is_within_bounds(patched, budget))
      return unprocessable("the patch makes the object larger than " + std::to_string(max_patched_bytes) +
                           " bytes or too deep");
  }
  std::size_t budget = 2 * max_patched_bytes;
  if (!is_within_bounds(patched, budget))
    return unprocessable("the patch makes the object too large or too deep");
  return patched;
}

Reply<json> strategic_merge_patch(const json& object, const json& patch) {
  if (has_directive(patch))
    return unprocessable(
        "directives of strategic merge patches ($patch and the like) are not supported: use a merge "
        "patch or a JSON patch (--type merge, --type json)");
  return merge_patch(object, patch);
}

}  // namespace doorward::rest
