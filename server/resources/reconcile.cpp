// In which order what follows is derived: address spaces first, since their realms are where users log in.
#include "server/resources/reconcile.hpp"

#include "server/resources/address_space_schemas.hpp"
#include "server/resources/plan_counting.hpp"
#include "server/resources/reconcile_spaces.hpp"
#include "server/resources/reconcile_users.hpp"
#include "server/resources/user_conflicts.hpp"

#include <algorithm>
#include <iterator>

namespace doorward::resources {

namespace {

// Whether the write touched what the status of an address space follows from.
bool touches_spaces(Workspace& workspace) {
  const auto kinds = {store_kind::authentication_services, store_kind::address_spaces,
                      store_kind::address_space_plans,     store_kind::address_plans,
                      store_kind::brokered_infra_configs,  store_kind::standard_infra_configs};
  return std::ranges::any_of(
      kinds, [&](std::string_view store_kind) { return !workspace.touched(store_kind).empty(); });
}

}  // namespace

std::vector<Conflict> reconcile(Workspace& workspace, const Settings& settings, std::string_view now) {
  std::vector<Conflict> conflicts;
  if (touches_spaces(workspace)) {
    reconcile_spaces(workspace, settings, conflicts);
    compute_address_space_schemas(workspace, settings);
  }
  count_addresses(workspace, settings);
  reconcile_users(workspace, settings, now, conflicts);
  std::ranges::move(federated_conflicts(workspace), std::back_inserter(conflicts));
  return conflicts;
}

}  // namespace doorward::resources
