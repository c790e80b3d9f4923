#include "server/sync/strangers.hpp"

#include "server/resources/apply.hpp"
#include "server/resources/document/json_access.hpp"
#include "server/sync/object_list.hpp"
#include "server/sync/plain_object.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace doorward::sync {

using nlohmann::json;
using resources::Kind;

Strangers::Strangers(const AskApi& ask, std::string set, const std::vector<resources::Manifest>& manifests)
    : ask_(ask), set_(std::move(set)) {
  for (const resources::Manifest& manifest : manifests) {
    known_.insert(manifest.key);
    if (!manifest.key.ns.empty()) namespaces_.insert(manifest.key.ns);
  }
}

Result<std::vector<json>> Strangers::of_kind(const Kind& kind) {
  std::vector<json> found;
  const auto everywhere = list(kind, "", found);
  if (!everywhere) return std::unexpected(everywhere.error());
  bool left_out = !*everywhere;
  if (left_out && kind.is_namespaced()) {
    left_out = namespaces_.empty();
    for (const std::string& ns : namespaces_) {
      const auto there = list(kind, ns, found);
      if (!there) return std::unexpected(there.error());
      left_out = left_out || !*there;
    }
  }
  if (left_out) unlisted_ += (unlisted_.empty() ? "" : ", ") + std::string(kind.plural());
  std::erase_if(found, [&](const json& item) { return known_.contains(key_of(kind, item)); });
  // A folder of the server would only apply them anew, and until then nobody could log in.
  of_folders_ += std::erase_if(found, [](const json& item) {
    return resources::find_at(item, {"metadata", "labels", resources::owner_label}) != nullptr;
  });
  return found;
}

// Adds those of the set; false: they may not be listed.
Result<bool> Strangers::list(const Kind& kind, const std::string& ns, std::vector<json>& objects) {
  auto found = list_objects(ask_, kind, ns, std::string(set_label) + "=" + set_);
  if (!found) return std::unexpected(found.error());
  if (found->status == 403) return false;
  if (!found->refusal.empty()) return fail(ErrorCode::unavailable, found->refusal);
  std::ranges::move(found->items, std::back_inserter(objects));
  return true;
}

std::vector<std::string> Strangers::remarks() const {
  std::vector<std::string> remarks;
  if (!unlisted_.empty())
    remarks.push_back("not everything was looked through for what to prune, since you may not list: " +
                      unlisted_);
  if (of_folders_ > 0)
    remarks.push_back(
        std::to_string(of_folders_) +
        " objects of the set were not pruned, since the server applies them from a folder (serve "
        "--resources): take them out of it");
  return remarks;
}

}  // namespace doorward::sync
