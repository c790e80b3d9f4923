#pragma once
// Which realms there are and which service answers for each: an immutable table, made anew when an
// AddressSpace or AuthenticationService changes and swapped in whole. Logins look up without a lock.
#include "store/model/names.hpp"

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace doorward {

// `spec.type` of an AuthenticationService.
enum class ServiceType : std::uint8_t { none, standard, external };
std::string_view to_string(ServiceType type);

// Namespace and name of an AuthenticationService or AddressSpace.
struct ObjectRef {
  std::string ns;
  std::string name;
  auto operator<=>(const ObjectRef&) const = default;
  std::string text() const { return ns + "/" + name; }
};

// Whom to ask for an external service: the one at its own place, or at one that an address space names in its
// stead
// (`spec.authenticationService.overrides`).
struct BridgeRef {
  ObjectRef service;
  std::string host;        // empty: the service's own
  std::uint16_t port = 0;  // 0: the service's own
  auto operator<=>(const BridgeRef&) const = default;
  bool overrides() const { return !host.empty() || port != 0; }
  std::string text() const;  // NAMESPACE/NAME, or NAMESPACE/NAME at HOST:PORT; what is not overridden is `*`
};

// One realm as a login needs it.
struct RealmService {
  Realm realm;
  ObjectRef address_space;
  ObjectRef service;
  ServiceType type = ServiceType::standard;
  // False while the service is missing or cannot answer: logins end with `sys-temp`, never with `auth`.
  bool ready = true;
  // Of an external service, where the address space names another place for it.
  std::string host = {};
  std::uint16_t port = 0;
  // What the plan of the address space allows; 0: none at all.
  std::optional<double> logins_per_second = {};

  BridgeRef bridge() const { return {service, host, port}; }
  bool operator==(const RealmService&) const = default;
};

class RealmTable {
 public:
  RealmTable() = default;
  // `services`: every AuthenticationService there is, for listeners that name one (`type` of each).
  RealmTable(std::vector<RealmService> realms, std::vector<std::pair<ObjectRef, ServiceType>> services);

  // Null for what is no realm. The pointer lives as long as the table.
  const RealmService* find(std::string_view hostname) const;
  // The only realm there is, or null.
  const RealmService* only() const { return realms_.size() == 1 ? &realms_.begin()->second : nullptr; }
  // Type of a service that a listener names, or nullptr.
  const ServiceType* service(const ObjectRef& ref) const;
  // The types over all services that there are, each once (none, standard, external).
  const std::vector<ServiceType>& types() const { return types_; }
  std::size_t size() const { return realms_.size(); }

 private:
  // Looked up by string_view, without a string made for it.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::unordered_map<std::string, RealmService, Hash, std::equal_to<>> realms_;
  std::map<ObjectRef, ServiceType> services_;
  std::vector<ServiceType> types_;
};

using RealmSnapshot = std::shared_ptr<const RealmTable>;

}  // namespace doorward
