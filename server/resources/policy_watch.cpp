#include "server/resources/policy_watch.hpp"

#include "server/resources/each_object.hpp"
#include "server/resources/kinds/catalogue.hpp"
#include "server/resources/kinds/rbac_kinds.hpp"

#include <array>
#include <memory>
#include <utility>
#include <vector>

namespace doorward::resources {

std::span<const std::string_view> PolicyParts::kinds() {
  static constexpr std::array kinds{store_kind::roles, store_kind::cluster_roles, store_kind::role_bindings,
                                    store_kind::cluster_role_bindings};
  return kinds;
}

Result<ResourceVersion> PolicyParts::read(const Store& store, std::string_view kind) {
  return each_object(store, kind, [this](const StoredObject& object) { take(object, false); });
}

bool PolicyParts::take(const StoredObject& object, bool deleted) {
  rbac::RoleName name{object.key.ns, object.key.name};
  const bool is_role = object.key.kind == store_kind::roles || object.key.kind == store_kind::cluster_roles;
  if (deleted) return (is_role ? roles_.erase(name) : bindings_.erase(name)) > 0;
  const auto document = nlohmann::json::parse(object.document, nullptr, false);
  if (is_role) {
    roles_.insert_or_assign(std::move(name),
                            std::make_shared<const std::vector<rbac::Rule>>(rules_of(document)));
  } else {
    bindings_.insert_or_assign(std::move(name), binding_of(document, object.key));
  }
  return true;
}

rbac::PolicySnapshot PolicyParts::make() const {
  std::vector<rbac::Binding> bindings;
  bindings.reserve(bindings_.size());
  for (const auto& [name, binding] : bindings_) bindings.push_back(binding);
  return std::make_shared<const rbac::Policy>(roles_, bindings);
}

}  // namespace doorward::resources
