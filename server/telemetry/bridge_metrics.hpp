#pragma once
// Bridges to other identity systems, as metrics: how each one is, how its calls end and how long they take.
// A label is the name of an AuthenticationService, which teams may make, so their number is bounded. Any
// thread.
#include "plugins/host/bridge.hpp"
#include "server/ops/metrics.hpp"
#include "store/model/realms.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

namespace doorward {

class BridgeMetrics {
 public:
  // Services with series of their own; the rest shares `other`.
  static constexpr std::size_t max_services = 200;

  // How a bridge is at a scrape.
  struct State {
    std::string service;  // NAMESPACE/NAME
    bool up = false;
    plugins::BridgeCounts counts;
  };

  // A call that was answered, on any loop.
  void answered(const ObjectRef& service, plugins::Verdict verdict, std::chrono::nanoseconds took);
  // `states`: of every bridge, in an order that does not change while none comes or goes.
  void collect(std::span<const State> states, metrics::Exposition& page) const;

 private:
  metrics::Counters calls_{{"doorward_bridge_calls",
                            "Answers of bridges to logins, by verdict.",
                            {{"authentication_service", max_services}, {"verdict"}}}};
  metrics::Durations durations_{{"doorward_bridge_call_duration_seconds",
                                 "From the question of a login to the bridge's answer.",
                                 {{"authentication_service", max_services}}}};
};

}  // namespace doorward
