#pragma once
// What the configuration says to whoever writes resources.
#include "server/resources/address_book.hpp"
#include "server/resources/kinds/authentication_service.hpp"
#include "server/resources/kinds/messaging_user.hpp"
#include "server/resources/member_counts.hpp"

#include <functional>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

namespace doorward::resources {

struct Settings {
  std::string default_namespace = "default";  // of a manifest without one
  // Where services, plans and infra configs are looked up, too.
  std::string infra_namespace = "enmasse-infra";
  UserSettings user;
  // How the bridge of an external service is, which its status tells. Without one there are no bridges.
  // `document` is the service's.
  std::function<BridgeState(const BridgeRef& bridge, const nlohmann::json& document)> bridge;
  // For writers of one store. Null: each write counts all members of the spaces that it is about.
  std::shared_ptr<MemberCounts> members;
  std::shared_ptr<AddressBook> address_book;  // the same of addresses
};

}  // namespace doorward::resources
