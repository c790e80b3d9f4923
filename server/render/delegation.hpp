#pragma once
// What the configuration of a router or a broker says of one address space, each value with the place that it
// is from. Gathered from objects as the service keeps them, wherever the caller has them from. Values.
#include "server/resources/document/document.hpp"
#include "server/resources/settings.hpp"
#include "store/model/realms.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward::render {

// Where the delegate finds the service.
struct Peer {
  std::string host = "127.0.0.1";  // an IP address or a DNS name
  std::uint16_t port = 5673;       // on one host 5672 is that of the delegate's clients
  bool tls = false;
  bool loopback = true;
};

struct Setting {
  std::string value;
  std::string origin;  // `StandardInfraConfig enmasse-infra/small, spec.router.idleTimeout (infra.yaml:12)`
};

struct Delegation {
  ObjectRef space;
  bool brokered = false;
  Setting realm;
  // Of the service; `standard` where the space has none, which its messages say.
  ServiceType service_type = ServiceType::standard;
  std::string service;                // what it is and why, for a comment
  std::vector<std::string> messages;  // of the space's status
  std::string plan;                   // the same of plan and infra config
  std::string infra;
  std::vector<Setting> limits;                           // of the plan, `broker: 1.0`
  std::map<std::string, Setting, std::less<>> settings;  // of the infra config, by path below `spec`
  bool policy = false;                                   // whether the infra config has `spec.router.policy`
  Peer peer;

  // Null where the infra config does not say.
  const Setting* at(std::string_view path) const {
    const auto found = settings.find(path);
    return found == settings.end() ? nullptr : &found->second;
  }
};

// The caller's view of the objects: the document of a key, null where there is none.
struct Objects {
  std::function<nlohmann::json(const ObjectKey&)> find;
  // Where a field was written, for comments and faults; a null document where it is not known.
  std::function<const resources::Document*(const ObjectKey&)> written;
};

// The space must be there. Refused: amounts that no configuration can hold.
std::expected<Delegation, std::vector<resources::Fault>> delegation_of(const ObjectRef& space,
                                                                       const Objects& objects,
                                                                       const resources::Settings& settings,
                                                                       const Peer& peer);

}  // namespace doorward::render
