#pragma once
// Keeps a bridge open for each AuthenticationService of type `external`, with the plugin and the
// configuration that its object names, and for each other place that address spaces name for it, and keeps
// the statuses of these services and their address spaces true to how the bridges are.
//
// look() belongs to one thread at a time: the one that starts the service, then the watchman's. Everything
// else may be called from any thread and does not wait.
#include "server/login/external_services.hpp"
#include "server/resources/federated_users.hpp"
#include "server/resources/settings.hpp"
#include "server/resources/write_turns.hpp"
#include "server/telemetry/bridge_metrics.hpp"
#include "store/store.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>

namespace doorward {

class OpenBridges : public ExternalServices {
 public:
  struct Setup {
    std::filesystem::path plugins;              // the directory of NAME.so
    std::filesystem::path secrets;              // of NAMESPACE/SECRET/KEY
    std::chrono::milliseconds patience{7'500};  // of a login, for its turn at a bridge
    std::size_t waiting = 16'384;               // logins, for their turn at one bridge
  };
  // `store` must outlive it.
  static std::unique_ptr<OpenBridges> start(Store& store, Setup setup);
  ~OpenBridges() override;

  // Opens and closes bridges as services have come, changed and gone, and writes what has changed of their
  // health. Whether statuses were looked through, and may be others now.
  bool look(const resources::Settings& settings, resources::WriteTurns& turns);
  // Waits until each bridge is up or known not to be, for a bounded time. Before the first login.
  void wait_until_checked() const;
  // For Settings::bridge.
  resources::BridgeState state(const BridgeRef& bridge, const nlohmann::json& document) const;
  // Nobody waits for a bridge after that, and none is opened.
  void close();

  std::shared_ptr<plugins::Bridge> find(const BridgeRef& bridge) const override;
  std::vector<std::string_view> mechanisms(const std::optional<BridgeRef>& bridge) const override;
  std::optional<std::string> federated_user(const RealmService& realm,
                                            std::string_view identity) const override;
  void complain(const BridgeRef& bridge, std::string_view reason) const override;
  void answered(const ObjectRef& service, plugins::Verdict verdict,
                std::chrono::nanoseconds took) const override;
  void collect(metrics::Exposition& page) const;

 private:
  struct Open {
    resources::BridgeSpec spec;
    std::shared_ptr<plugins::Bridge> bridge;  // null where the plugin cannot be loaded
    std::string fault;                        // why not
  };
  struct Told {
    bool up = false;
    std::string reason;
    std::vector<std::string> mechanisms;
    bool operator==(const Told&) const = default;
  };

  OpenBridges(Store& store, Setup setup) : store_(store), setup_(std::move(setup)) {}
  void follow(std::span<const Change> changes);
  struct Want {
    resources::BridgeSpec spec;
    std::set<std::string> namespaces;  // of the address spaces that name it, where it overrides
  };
  using Wanted = std::map<BridgeRef, Want>;

  // Nothing where the store cannot say.
  std::optional<Wanted> wanted();
  bool add_overrides(Wanted& wanted, const std::map<ObjectRef, nlohmann::json>& services) const;
  void open_and_close();
  static void close_all(const std::map<BridgeRef, Open>& going);
  bool know_federated_users();
  Open open(const BridgeRef& bridge, resources::BridgeSpec spec) const;
  std::map<BridgeRef, Told> how_they_are() const;

  Store& store_;
  const Setup setup_;
  mutable BridgeMetrics metrics_;
  std::atomic<bool> services_changed_ = true;
  std::atomic<bool> spaces_changed_ = false;
  bool overridable_ = false;        // some service is; look()'s alone
  std::map<BridgeRef, Told> told_;  // what the statuses say; look()'s alone

  mutable std::mutex mutex_;
  std::map<BridgeRef, Open> open_;
  std::unique_ptr<resources::FederatedUsers> federated_;  // from the first bridge on
  mutable std::set<std::string, std::less<>> names_;      // of mechanisms, as long as we live: there are few
  mutable std::map<BridgeRef, std::chrono::steady_clock::time_point> complained_;
  std::shared_ptr<void> subscription_;  // last: ends before the rest goes
};

}  // namespace doorward
