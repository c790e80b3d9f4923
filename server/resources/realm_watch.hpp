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
  // Of spaces what the store keeps of their realms: nobody can log in before that is read, and the documents
  // of thousands take their time.
  Result<ResourceVersion> read(const Store& store, std::string_view kind);
  bool take(const StoredObject& object, bool deleted);
  RealmSnapshot make() const;

 private:
  std::map<ObjectRef, RealmService> spaces_;
  std::map<ObjectRef, Service> services_;
};

using RealmWatch = KeptCurrent<RealmParts>;

}  // namespace doorward::resources
