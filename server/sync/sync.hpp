#pragma once
// A set of manifests brought to a running service through its REST API, object by object, by server-side
// apply: what the set no longer says of an object goes, what others say of it stays. Every object carries the
// name of its set, so that what is no longer in the set can be found and pruned. What objects depend on goes
// before them, kind by kind. Tells on the caller's thread.
#include "server/client/api_client.hpp"
#include "server/resources/manifest.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace doorward::sync {

struct SyncOptions {
  std::string set = "default";  // the value of the label; one for each source of manifests
  bool dry_run = false;         // asks the server what would be, and changes nothing
  bool prune = false;
  bool force = false;  // takes fields over from whoever else applied them
  // So many objects of one kind are under way at a time; `ask` is called by as many threads.
  std::size_t at_once = 1;
};

enum class Outcome { unchanged, created, changed, pruned, failed };

// What became of one object.
struct SyncEvent {
  Outcome outcome;
  std::string object;                      // `MessagingUser team1/orders.alice`
  std::vector<std::string> lines = {};     // of a dry run: what differs
  std::string message = {};                // why it failed, and what to do
  std::vector<std::string> warnings = {};  // of the server
};

struct SyncReport {
  std::size_t created = 0, changed = 0, pruned = 0, unchanged = 0, failed = 0;
  std::vector<std::string> remarks;  // what was left undone, and why

  bool any_change() const { return created + changed + pruned > 0; }
};

// The manifests are valid and in any order; their secrets are wiped when it is done. An error: the server
// could not be asked any further. Nothing is pruned where an object could not be applied, but for one that
// another object is in the way of.
Result<SyncReport> sync(const AskApi& ask, std::vector<resources::Manifest> manifests,
                        const SyncOptions& options, const std::function<void(const SyncEvent&)>& tell);

// `default`, `shop-1`: what a label may have as its value, and is not empty.
bool is_set_name(std::string_view text);

}  // namespace doorward::sync
