// In which order kinds are applied and exported, and that none is left out.
#include "server/sync/object_paths.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace doorward::sync {
namespace {

namespace k = resources::store_kind;

TEST(KindsInOrder, are_all_that_somebody_can_write) {
  for (const resources::Kind& kind : resources::kinds())
    EXPECT_EQ(std::ranges::count(kinds_in_order(), &kind), kind.computed ? 0 : 1) << kind.name;
}

// `export` writes them in this order, pruning takes them the other way round.
TEST(KindsInOrder, have_what_others_refer_to_first) {
  struct Reference {
    std::string_view from, to;
  };
  constexpr Reference references[] = {{k::role_bindings, k::roles},
                                      {k::role_bindings, k::cluster_roles},
                                      {k::cluster_role_bindings, k::cluster_roles},
                                      {k::address_space_plans, k::address_plans},
                                      {k::address_space_plans, k::brokered_infra_configs},
                                      {k::address_space_plans, k::standard_infra_configs},
                                      {k::address_spaces, k::address_space_plans},
                                      {k::address_spaces, k::authentication_services},
                                      {k::addresses, k::address_spaces},
                                      {k::addresses, k::address_plans},
                                      {k::messaging_users, k::address_spaces}};
  for (const auto& [from, to] : references)
    EXPECT_GT(rank(*resources::find_kind(from)), rank(*resources::find_kind(to))) << from << " " << to;
}

}  // namespace
}  // namespace doorward::sync
