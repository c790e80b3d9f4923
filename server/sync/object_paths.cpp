#include "server/sync/object_paths.hpp"

#include "server/client/api_client.hpp"

#include <algorithm>

namespace doorward::sync {

using resources::Kind;

std::string collection_path(const Kind& kind, std::string_view ns) {
  std::string path = "/apis/" + kind.api_version() + "/";
  if (!ns.empty()) path += "namespaces/" + percent_encode(ns) + "/";
  return path.append(kind.plural());
}

std::string object_path(const Kind& kind, const ObjectKey& key) {
  return collection_path(kind, key.ns) + "/" + percent_encode(key.name);
}

const std::vector<const Kind*>& kinds_in_order() {
  static const std::vector<const Kind*> order = [] {
    std::vector<const Kind*> writable;
    for (const Kind& kind : resources::kinds()) {
      if (!kind.computed) writable.push_back(&kind);
    }
    return writable;
  }();
  return order;
}

std::size_t rank(const Kind& kind) {
  return static_cast<std::size_t>(std::ranges::find(kinds_in_order(), &kind) - kinds_in_order().begin());
}

}  // namespace doorward::sync
