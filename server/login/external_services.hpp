#pragma once
// The bridges to other identity systems, as a login needs them: an interface, behind which somebody opens
// plugins as AuthenticationServices of type `external` come and go. Any thread; nothing here waits.
#include "plugins/host/bridge.hpp"
#include "store/model/realms.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace doorward {

class ExternalServices {
 public:
  virtual ~ExternalServices() = default;

  // Null where there is no such bridge.
  virtual std::shared_ptr<plugins::Bridge> find(const BridgeRef& bridge) const = 0;
  // What one bridge can do, the strongest first; without one what any of them can. The names stay.
  virtual std::vector<std::string_view> mechanisms(const std::optional<BridgeRef>& bridge) const = 0;
  // The username of the federated user that the service's `identity` stands for in the realm's address space.
  virtual std::optional<std::string> federated_user(const RealmService& realm,
                                                    std::string_view identity) const = 0;
  // For the operator: why a login ended that the bridge could not answer.
  virtual void complain(const BridgeRef& bridge, std::string_view reason) const = 0;
  // For whoever measures: the bridge's answer to a login, and how long that has waited for it.
  virtual void answered(const ObjectRef& /*service*/, plugins::Verdict /*verdict*/,
                        std::chrono::nanoseconds /*took*/) const {}
};

}  // namespace doorward
