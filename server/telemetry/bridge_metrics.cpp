#include "server/telemetry/bridge_metrics.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace doorward {
namespace {

using metrics::Type;
using State = BridgeMetrics::State;

constexpr std::string_view label = "authentication_service";

std::string_view to_string(plugins::Verdict verdict) {
  switch (verdict) {
    case plugins::Verdict::proceed:
      return "proceed";
    case plugins::Verdict::accepted:
      return "accepted";
    case plugins::Verdict::refused:
      return "refused";
    case plugins::Verdict::unavailable:
      return "unavailable";
    case plugins::Verdict::fault:
      break;
  }
  return "fault";
}

void add(plugins::BridgeCounts& total, const plugins::BridgeCounts& more) {
  total.unexpected_answers += more.unexpected_answers;
  total.bad_answers += more.bad_answers;
  total.timed_out += more.timed_out;
  total.refused += more.refused;
  total.unanswered += more.unanswered;
  total.exchanges += more.exchanges;
}

// Those that are too many as one, which is up while all of them are.
std::vector<State> bounded(std::span<const State> states) {
  if (states.size() <= BridgeMetrics::max_services) return {states.begin(), states.end()};
  const auto own = states.first(BridgeMetrics::max_services);
  std::vector<State> shown(own.begin(), own.end());
  State rest{.service = std::string(metrics::other), .up = true, .counts = {}};
  for (const State& state : states.subspan(BridgeMetrics::max_services)) {
    rest.up = rest.up && state.up;
    add(rest.counts, state.counts);
  }
  shown.push_back(std::move(rest));
  return shown;
}

template <class Value>
void collect_each(std::span<const State> states, metrics::Exposition& page, std::string_view name, Type type,
                  std::string_view help, Value value) {
  page.family(name, type, help);
  for (const State& state : states) {
    const metrics::Label labels[] = {{label, state.service}};
    page.sample(labels, std::uint64_t{value(state)});
  }
}

}  // namespace

void BridgeMetrics::answered(const ObjectRef& service, plugins::Verdict verdict,
                             std::chrono::nanoseconds took) {
  const std::string name = service.text();
  calls_.add({name, to_string(verdict)});
  durations_.observe({name}, took);
}

void BridgeMetrics::collect(std::span<const State> states, metrics::Exposition& page) const {
  calls_.collect(page);
  durations_.collect(page);
  const std::vector<State> shown = bounded(states);
  collect_each(shown, page, "doorward_bridge_up", Type::gauge,
               "1: the bridge of the service is open and well. 0: its logins end with sys-temp.",
               [](const State& state) { return state.up ? 1u : 0u; });
  collect_each(shown, page, "doorward_bridge_calls_unanswered", Type::gauge,
               "Calls that wait for the plugin, or for their turn.",
               [](const State& state) { return state.counts.unanswered; });
  collect_each(shown, page, "doorward_bridge_calls_timed_out", Type::counter,
               "Calls that the plugin did not answer in time.",
               [](const State& state) { return state.counts.timed_out; });
  collect_each(shown, page, "doorward_bridge_calls_refused", Type::counter,
               "Calls that were not made, since their turn did not come in time.",
               [](const State& state) { return state.counts.refused; });
  collect_each(shown, page, "doorward_bridge_bad_answers", Type::counter,
               "Answers that broke a rule of the interface, or that nobody had asked for.",
               [](const State& state) { return state.counts.bad_answers + state.counts.unexpected_answers; });
}

}  // namespace doorward
