#pragma once
// Addresses and users counted against the plan of their address space. Parts of reconcile(): they read and
// change the workspace only.
#include "server/resources/settings.hpp"
#include "server/resources/workspace.hpp"

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace doorward::resources {

// Bounds the users of an address space, among the `resourceLimits` of its plan.
inline constexpr std::string_view users_limit = "messaging-users";
// How many logins it may have in a second, there too; more wait.
inline constexpr std::string_view login_rate_limit = "logins-per-second";

// The plan that an address space names, whatever its type; null where it is missing.
Workspace::Object* named_plan(Workspace& workspace, const Settings& settings, const Workspace::Object& space);
// The same where it bounds the space: its limits count though something that it names be missing, but a plan
// for address spaces of the other type is none. Null: nothing limits.
Workspace::Object* plan_of(Workspace& workspace, const Settings& settings, const Workspace::Object& space);

// Address spaces of which the write touched a member (an address, a user).
std::set<ObjectRef> spaces_of_touched(Workspace& workspace, std::string_view member_kind);
// Address spaces that came, went or took another plan, and those whose plan was changed.
std::set<ObjectRef> replanned_spaces(Workspace& workspace, const Settings& settings);

// Derives the status of the addresses that the write touched, and of all others that it may have changed: of
// a space that came, went or has another plan, where addresses wait for room, and after a change of an
// AddressPlan. Where a plan does not hold them all, those stay Active that were, and the others come by name.
void count_addresses(Workspace& workspace, const Settings& settings);

// Users of a space beyond what its plan allows: those stay in that are Active, and the others come by name.
// One that is Active under a plan is never beyond, though the limit be lowered or the plan be another one.
struct UserCount {
  std::vector<Workspace::Object*> beyond;
  std::string reason;   // with the numbers; empty without a limit
  std::string waiting;  // the same for the status of who waits: without the number of users, since every
                        // user that comes or goes would change the status of all that wait
};
UserCount count_users(Workspace& workspace, const Settings& settings, const ObjectRef& space);
// The same of a space whose plan held all users that the store has, so that nobody waits for room: only users
// that the write makes can be beyond, the last ones by name. Reads no others. Nothing where it was otherwise,
// or nobody has counted.
std::optional<UserCount> count_new_users(Workspace& workspace, const Settings& settings,
                                         const ObjectRef& space);

}  // namespace doorward::resources
