#include "server/resources/realm_watch.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/each_object.hpp"
#include "server/resources/kinds/address_space.hpp"
#include "server/resources/kinds/catalogue.hpp"

#include <array>
#include <utility>
#include <vector>

namespace doorward::resources {

using nlohmann::json;

std::span<const std::string_view> RealmParts::kinds() {
  static constexpr std::array kinds{store_kind::authentication_services, store_kind::address_spaces};
  return kinds;
}

Result<ResourceVersion> RealmParts::read(const Store& store, std::string_view kind) {
  if (kind != store_kind::address_spaces)
    return each_object(store, kind, [this](const StoredObject& object) { take(object, false); });
  auto owned = store.owned_realms();
  if (!owned) return std::unexpected(std::move(owned.error()));
  for (RealmService& space : owned->realms) {
    ObjectRef ref = space.address_space;
    spaces_.insert_or_assign(spaces_.end(), std::move(ref), std::move(space));
  }
  return owned->version;
}

bool RealmParts::take(const StoredObject& object, bool deleted) {
  ObjectRef ref{object.key.ns, object.key.name};
  const bool is_space = object.key.kind == store_kind::address_spaces;
  if (deleted) return (is_space ? spaces_.erase(ref) : services_.erase(ref)) > 0;
  if (is_space) {
    auto space = realm_service_of(parse_only(object.document, "status"), ref);
    if (!space) return spaces_.erase(ref) > 0;
    spaces_.insert_or_assign(std::move(ref), std::move(*space));
  } else {
    services_.insert_or_assign(std::move(ref), service_of(json::parse(object.document, nullptr, false)));
  }
  return true;
}

RealmSnapshot RealmParts::make() const {
  std::vector<RealmService> realms;
  std::vector<std::pair<ObjectRef, ServiceType>> services;
  realms.reserve(spaces_.size());
  for (const auto& [ref, space] : spaces_) {
    RealmService& realm = realms.emplace_back(space);
    const auto service = services_.find(space.service);
    // Of another place for the service than its own nobody but the bridge knows, which is asked at each
    // login.
    realm.ready = service != services_.end() && (service->second.answers || realm.bridge().overrides());
    if (service != services_.end()) realm.type = service->second.type;
  }
  for (const auto& [ref, service] : services_) services.emplace_back(ref, service.type);
  return std::make_shared<const RealmTable>(std::move(realms), std::move(services));
}

}  // namespace doorward::resources
