#pragma once
// A set of manifests applied as a whole: every fault of all of them and nothing written, or one commit of
// exactly what differs. The set owns what it applied: an object of its own that is no longer in it goes. An
// object that others are in the way of is no fault of the set: it stays as it is, and the rest is applied.
// Run by one thread at a time, not on an event loop: it takes PBKDF2 for each password.
#include "server/resources/changes.hpp"
#include "server/resources/document/document.hpp"
#include "server/resources/settings.hpp"
#include "server/resources/write_turns.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstddef>
#include <expected>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace doorward::resources {

// The label that says whose an object is. Only apply() writes it: whoever could take it off would keep an
// object that shall go, and whoever could put it on would have another one's deleted.
inline constexpr std::string_view owner_label = "doorward.io/applied-by";

struct ApplyOptions {
  Settings settings;
  bool prune = true;                // delete what the owner once applied and the set no longer has
  std::string owner = "resources";  // the value of the label
  std::stop_token stop;             // asked for: nothing is written, the refusal says `retry`
  WriteTurns* turns = nullptr;      // of the store's writers, where there are others in this process
};

struct ApplyReport {
  std::size_t created = 0;
  std::size_t changed = 0;  // with those whose status alone changed, since something that they refer to did
  std::size_t deleted = 0;
  std::size_t unchanged = 0;  // manifests that were so already
  // Why some are as they were before, or not there: objects that are not of the set are in the way.
  std::vector<Fault> held_back;
  std::vector<std::string>
      remarks;  // for the log: what was passed over, and what may not mean what it seems to
  std::vector<std::string>
      waiting;  // for the log: which users cannot log in, since their address space is missing or full
  std::vector<ObjectChange> changes;  // for the audit: all that was written
};

struct ApplyRefusal {
  std::vector<Fault> faults;  // by file and line
  bool retry = false;         // the manifests are not at fault: the same may work later
};

// Whether there is an object of this owner, which a set without it would delete.
Result<bool> owns_anything(const Store& store, std::string_view owner);

// Takes the documents, since their secrets are wiped when it is done with them.
std::expected<ApplyReport, ApplyRefusal> apply(Store& store, Reading manifests, const ApplyOptions& options);

}  // namespace doorward::resources
