#include "store/model/realms.hpp"

#include <algorithm>

namespace doorward {

std::string_view to_string(ServiceType type) {
  switch (type) {
    case ServiceType::none:
      return "none";
    case ServiceType::standard:
      return "standard";
    case ServiceType::external:
      return "external";
  }
  return "";
}

std::string BridgeRef::text() const {
  if (!overrides()) return service.text();
  return service.text() + " at " + (host.empty() ? "*" : host) + ":" +
         (port == 0 ? "*" : std::to_string(port));
}

RealmTable::RealmTable(std::vector<RealmService> realms,
                       std::vector<std::pair<ObjectRef, ServiceType>> services) {
  realms_.reserve(realms.size());
  for (RealmService& realm : realms) {
    std::string name = realm.realm.text();
    realms_.emplace(std::move(name), std::move(realm));
  }
  for (const ServiceType type : {ServiceType::none, ServiceType::standard, ServiceType::external}) {
    if (std::ranges::any_of(services, [type](const auto& service) { return service.second == type; }))
      types_.push_back(type);
  }
  services_.insert(std::make_move_iterator(services.begin()), std::make_move_iterator(services.end()));
}

const RealmService* RealmTable::find(std::string_view hostname) const {
  const auto found = realms_.find(hostname);
  return found == realms_.end() ? nullptr : &found->second;
}

const ServiceType* RealmTable::service(const ObjectRef& ref) const {
  const auto found = services_.find(ref);
  return found == services_.end() ? nullptr : &found->second;
}

}  // namespace doorward
