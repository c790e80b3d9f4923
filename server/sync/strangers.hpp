#pragma once
// What pruning takes: the objects of a set that are in none of its manifests. Whoever may not list a kind
// everywhere looks through the namespaces of the manifests; what may not be listed there either is left, and
// remarked.
//
// Asks on the caller's thread, one at a time.
#include "server/client/api_client.hpp"
#include "server/resources/manifest.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::sync {

class Strangers {
 public:
  // `ask` outlives it.
  Strangers(const AskApi& ask, std::string set, const std::vector<resources::Manifest>& manifests);

  // Those of one kind, as the API shows them.
  Result<std::vector<nlohmann::json>> of_kind(const resources::Kind& kind);
  // What was passed over so far, and why: a sentence each.
  std::vector<std::string> remarks() const;

 private:
  Result<bool> list(const resources::Kind& kind, const std::string& ns, std::vector<nlohmann::json>& objects);

  const AskApi& ask_;
  const std::string set_;
  std::set<ObjectKey> known_;         // the keys of the manifests
  std::set<std::string> namespaces_;  // that they are in
  std::string unlisted_;              // kinds that may not be listed, where it matters
  std::size_t of_folders_ = 0;        // that would be pruned, if they were not also a folder's
};

}  // namespace doorward::sync
