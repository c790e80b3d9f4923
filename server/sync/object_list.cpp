#include "server/sync/object_list.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/sync/object_paths.hpp"

#include <utility>

namespace doorward::sync {

using nlohmann::json;
using resources::find_at;
using resources::text_at;

namespace {
constexpr std::size_t page = 500;
}

Result<ObjectsFound> list_objects(const AskApi& ask, const resources::Kind& kind, const std::string& ns,
                                  const std::string& label_selector) {
  ObjectsFound found;
  std::string next;
  do {
    std::string path = collection_path(kind, ns) + "?limit=" + std::to_string(page);
    if (!label_selector.empty()) path += "&labelSelector=" + percent_encode(label_selector);
    if (!next.empty()) path += "&continue=" + percent_encode(next);
    auto answer = ask({.path = std::move(path)});
    if (!answer) return std::unexpected(answer.error());
    found.status = answer->status;
    if (!answer->ok()) {
      found.items.clear();
      found.refusal = answer->message();
      return found;
    }
    if (answer->body.contains("items") && answer->body["items"].is_array()) {
      for (json& item : answer->body["items"]) found.items.push_back(std::move(item));
    }
    next = text_at(answer->body, {"metadata", "continue"});
  } while (!next.empty());
  return found;
}

ObjectKey key_of(const resources::Kind& kind, const json& object) {
  return {std::string(kind.store_kind), text_at(object, {"metadata", "namespace"}),
          text_at(object, {"metadata", "name"})};
}

}  // namespace doorward::sync
