#pragma once
// The table of realms, kept current: made from the address spaces and services in the store.
#include "server/resources/kept_current.hpp"
#include "server/resources/kinds/authentication_service.hpp"
#include "store/model/realms.hpp"

#include <map>
#include <memory>
#include <span>
#include <string_view>

namespace doorward::resources {

class RealmParts {
 public:
  using Table = RealmTable;

  static std::span<const std::string_view> kinds();
  bool take(const StoredObject& object, bool deleted);
  RealmSnapshot make() const;

 private:
  std::map<ObjectRef, RealmService> spaces_;
  std::map<ObjectRef, Service> services_;
};

using RealmWatch = KeptCurrent<RealmParts>;

}  // namespace doorward::resources
