#pragma once
// What keeps a set of manifests from being applied as it is. Of two objects that the set puts, one has to be
// changed in it: a fault, and nothing is written. What somebody else has is not the set's to change, and must
// not keep the rest of it, deletions above all, from being applied: the one object is held back, which means
// that it stays as it is.
#include "server/resources/apply.hpp"
#include "server/resources/manifest.hpp"
#include "server/resources/reconcile.hpp"
#include "server/resources/workspace.hpp"

#include <map>
#include <vector>

namespace doorward::resources {

// Objects that stay as they are, and why.
using HeldBack = std::map<ObjectKey, Fault>;

// By file and line.
std::vector<Fault> in_order(std::vector<Fault> faults);

// Of one attempt to apply the set without what is in `held`.
class Findings {
 public:
  Findings(Workspace& workspace, HeldBack& held, std::vector<Fault> faults)
      : workspace_(workspace), held_(held), faults_(std::move(faults)) {}

  // Each manifest of the set. It must stay where it is.
  void add(const Manifest& manifest) { manifests_.emplace(manifest.key, &manifest); }
  // `in_use`: others may have written to the store.
  void put_failed(const Manifest& manifest, FieldError error, bool in_use);
  // What follows from all that was put.
  void judge(std::vector<Conflict> conflicts);
  // Whether it is the refusal of one object, for a name or a realm that others left reserved: held back.
  bool hold_for(const Error& of_store);

  bool any_fault() const { return !faults_.empty(); }
  // Adds what was found to `held`; false: nothing was.
  bool hold_more();
  ApplyRefusal refusal(bool retry);
  ApplyRefusal refusal(const Error& error);

 private:
  bool is_put(const ObjectKey& key) const { return manifests_.contains(key) && !held_.contains(key); }
  void hold(const ObjectKey& key, FieldError error);
  void hold_services_of(const Conflict& conflict);
  void fault(const ObjectKey& key, FieldError error);
  Fault fault_at(const ObjectKey& key, FieldError error) const;
  const Manifest* at_fault(const Error& error) const;

  Workspace& workspace_;
  HeldBack& held_;
  HeldBack to_hold_;  // beside these
  std::vector<Fault> faults_;
  std::map<ObjectKey, const Manifest*> manifests_;
};

}  // namespace doorward::resources
