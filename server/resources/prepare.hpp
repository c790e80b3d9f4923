#pragma once
// From a manifest to the object as the store will have it. The pieces that every write is made of, of a whole
// directory as of one object: validate() -> prepare() or prepare_removal() -> reconcile() ->
// Workspace::writes() -> Store::commit().
#include "server/resources/settings.hpp"
#include "server/resources/workspace.hpp"

#include <cstddef>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

namespace doorward::resources {

// The key of a manifest: in the default namespace where it names none, in none where its kind has none.
ObjectKey key_of(const Kind& kind, const nlohmann::json& manifest, const Settings& settings);

// `MessagingUser team1/myspace.app`, for people.
std::string object_text(const Kind& kind, const ObjectKey& key);

// Puts an object that validate() accepts into the workspace, without its secrets; of a MessagingUser the
// login record, too. Its status is left as it was, for reconcile(). Whoever may have to prepare the same
// object again hands in the same `derived`.
FieldErrors prepare(Workspace& workspace, const Kind& kind, const nlohmann::json& manifest,
                    const Settings& settings, DerivedPassword& derived);
FieldErrors prepare(Workspace& workspace, const Kind& kind, const nlohmann::json& manifest,
                    const Settings& settings);

// What goes with address spaces, which whoever deletes one may not have thought of.
struct Members {
  std::size_t users = 0;
  std::size_t addresses = 0;

  Members& operator+=(const Members& others);
  bool empty() const { return users == 0 && addresses == 0; }
  // A sentence for the caller or the log: how many they are. Of members that there are.
  std::string warning() const;
};

// Removes an object, with an AddressSpace its users and addresses but for those in `kept`; answers how many
// they were.
Members prepare_removal(Workspace& workspace, const ObjectKey& key, const std::set<ObjectKey>& kept = {});

}  // namespace doorward::resources
