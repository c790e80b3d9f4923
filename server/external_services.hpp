#pragma once
// Keeps a bridge open for each AuthenticationService of type `external`, with the plugin and the
// configuration that its object names, and keeps the statuses of these services and their address spaces true
// to how the bridges are.
//
// look() belongs to one thread at a time: the one that starts the service, then the watchman's. Everything
// else may be called from any thread and does not wait.
#include "server/login/external_services.hpp"
#include "server/resources/federated_users.hpp"
#include "server/resources/settings.hpp"
#include "server/resources/write_turns.hpp"
#include "store/store.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>

namespace doorward {

class OpenBridges : public ExternalServices {
 public:
  struct Places {
    std::filesystem::path plugins;  // the directory of NAME.so
    std::filesystem::path secrets;  // of NAMESPACE/SECRET/KEY
  };
  // `store` must outlive it.
  static Result<std::unique_ptr<OpenBridges>> start(Store& store, Places places);
  ~OpenBridges() override;

  // Opens and closes bridges as services have come, changed and gone, and writes what has changed of their
  // health.
  void look(const resources::Settings& settings, resources::WriteTurns& turns);
  // Waits until each bridge is up or known not to be, for a bounded time. Before the first login.
  void wait_until_checked() const;
  // For Settings::bridge.
  resources::BridgeState state(const ObjectRef& service, const nlohmann::json& document) const;
  // Nobody waits for a bridge after that, and none is opened.
  void close();

  std::shared_ptr<plugins::Bridge> find(const ObjectRef& service) const override;
  std::vector<std::string_view> mechanisms(const std::optional<ObjectRef>& service) const override;
  std::optional<std::string> federated_user(const RealmService& realm,
                                            std::string_view identity) const override;
  void complain(const ObjectRef& service, std::string_view reason) const override;

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

  OpenBridges(Store& store, Places places) : store_(store), places_(std::move(places)) {}
  void follow(std::span<const Change> changes);
  void open_and_close();
  Open open(const ObjectRef& service, resources::BridgeSpec spec) const;
  std::map<ObjectRef, Told> how_they_are() const;

  Store& store_;
  const Places places_;
  std::unique_ptr<resources::FederatedUsers> federated_;
  std::atomic<bool> services_changed_ = true;
  std::map<ObjectRef, Told> told_;  // what the statuses say; look()'s alone

  mutable std::mutex mutex_;
  std::map<ObjectRef, Open> open_;
  mutable std::set<std::string, std::less<>> names_;  // of mechanisms, as long as we live: there are few
  mutable std::map<ObjectRef, std::chrono::steady_clock::time_point> complained_;
  std::shared_ptr<void> subscription_;  // last: ends before the rest goes
};

}  // namespace doorward
