#include "server/service/open_bridges.hpp"

#include "server/ops/log.hpp"
#include "server/resources/kinds/authentication_service.hpp"
#include "server/resources/kinds/catalogue.hpp"
#include "server/resources/refresh.hpp"
#include "server/service/override_places.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace doorward {
namespace {

using nlohmann::json;

// A bridge that fails every login is one line in the log and not as many as there are logins.
constexpr std::chrono::seconds complain_every{5};
constexpr std::chrono::seconds patience_at_start{6};
// Whatever the reason: else an address space would tell what answers at any host and port that it names.
constexpr std::string_view does_not_answer =
    "nothing there answers as an external service does; whoever runs this server finds the reason in its log";
constexpr std::string_view left_behind = "a plugin does not end and is left behind";

log::Level level_of(std::uint32_t level) {
  switch (level) {
    case DOORWARD_LOG_DEBUG:
      return log::Level::debug;
    case DOORWARD_LOG_INFO:
      return log::Level::info;
    case DOORWARD_LOG_WARNING:
      return log::Level::warning;
    default:
      return log::Level::error;
  }
}

}  // namespace

std::unique_ptr<OpenBridges> OpenBridges::start(Store& store, Setup setup) {
  std::unique_ptr<OpenBridges> bridges(new OpenBridges(store, std::move(setup)));
  bridges->subscription_ =
      store.subscribe([b = bridges.get()](std::span<const Change> changes) { b->follow(changes); });
  return bridges;
}

OpenBridges::~OpenBridges() {
  subscription_.reset();
  close();
}

void OpenBridges::close() {
  std::map<BridgeRef, Open> going;
  {
    const std::lock_guard lock(mutex_);
    going.swap(open_);
  }
  close_all(going);
}

void OpenBridges::close_all(const std::map<BridgeRef, Open>& going) {
  for (const auto& [bridge, open] : going) {
    if (open.bridge && !open.bridge->close()) log::warning(left_behind, {{"service", bridge.text()}});
  }
}

void OpenBridges::follow(std::span<const Change> changes) {
  const auto of = [&](std::string_view kind) {
    return std::ranges::any_of(changes, [&](const Change& change) { return change.object.key.kind == kind; });
  };
  if (of(resources::store_kind::authentication_services)) services_changed_ = true;
  if (of(resources::store_kind::address_spaces)) spaces_changed_ = true;
}

bool OpenBridges::look(const resources::Settings& settings, resources::WriteTurns& turns) {
  const bool spaces_changed = spaces_changed_.exchange(false) && overridable_;
  const bool changed = services_changed_.exchange(false) || spaces_changed;
  if (changed) open_and_close();
  auto now = how_they_are();
  if (now == told_ && !changed) return false;
  if (const auto refreshed = resources::refresh_bridges(store_, settings, &turns); !refreshed) {
    log::warning("statuses of bridges cannot be written, and will be tried again",
                 {{"reason", refreshed.error().message}});
    services_changed_ = true;
    return false;
  }
  for (const auto& [bridge, how] : now) {
    const auto before = told_.find(bridge);
    if (before != told_.end() && before->second == how) continue;
    log::write(how.up ? log::Level::info : log::Level::warning, how.up ? "bridge is up" : "bridge is down",
               {{"service", bridge.text()}, {"reason", how.reason}});
  }
  told_ = std::move(now);
  return true;
}

std::optional<OpenBridges::Wanted> OpenBridges::wanted() {
  const auto listed = store_.list({.kind = std::string(resources::store_kind::authentication_services)});
  if (!listed) return std::nullopt;
  Wanted wanted;
  std::map<ObjectRef, json> overridable;
  for (const StoredObject& object : listed->objects) {
    json document = json::parse(object.document, nullptr, false);
    const resources::Service service = resources::service_of(document);
    if (service.type != ServiceType::external) continue;
    const BridgeRef bridge{.service = {object.key.ns, object.key.name}};
    wanted.emplace(bridge, Want{.spec = resources::bridge_spec_of(document, bridge), .namespaces = {}});
    if (service.overridable) overridable.emplace(bridge.service, std::move(document));
  }
  overridable_ = !overridable.empty();
  if (overridable_ && !add_overrides(wanted, overridable)) return std::nullopt;
  return wanted;
}

bool OpenBridges::add_overrides(Wanted& wanted, const std::map<ObjectRef, json>& services) const {
  const auto owned = store_.owned_realms();
  if (!owned) return false;
  for (const RealmService& realm : owned->realms) {
    if (!realm.bridge().overrides()) continue;
    const auto service = services.find(realm.service);
    if (service == services.end()) continue;
    const auto [want, first] = wanted.try_emplace(realm.bridge());
    if (first) want->second.spec = resources::bridge_spec_of(service->second, realm.bridge());
    want->second.namespaces.insert(realm.address_space.ns);
  }
  return true;
}

void OpenBridges::open_and_close() {
  auto all = wanted();
  if (!all || (!all->empty() && !know_federated_users())) {
    services_changed_ = true;
    return;
  }
  std::map<BridgeRef, Open> going;
  OverridePlaces places;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(open_, [&](auto& entry) {
      const auto still = all->find(entry.first);
      if (still != all->end() && still->second.spec == entry.second.spec) {
        if (entry.first.overrides() && entry.second.bridge) places.take(still->second.namespaces);
        return false;
      }
      going.emplace(entry.first, std::move(entry.second));
      return true;
    });
  }
  for (auto& [bridge, want] : *all) {
    {
      const std::lock_guard lock(mutex_);
      const auto known = open_.find(bridge);
      // One that there was no room for is tried again.
      if (known != open_.end() && (known->second.bridge || !bridge.overrides())) continue;
    }
    const std::string_view full = bridge.overrides() ? places.why_full(want.namespaces) : std::string_view();
    Open opened = full.empty()
                      ? open(bridge, std::move(want.spec))
                      : Open{.spec = std::move(want.spec), .bridge = nullptr, .fault = std::string(full)};
    if (bridge.overrides() && opened.bridge) places.take(want.namespaces);
    const std::lock_guard lock(mutex_);
    open_.insert_or_assign(bridge, std::move(opened));
  }
  // Here and not where the last login drops it.
  close_all(going);
}

// Only bridges ask for them, and to find them is to read every user there is: a service that has none is
// spared that when it starts. False where the store cannot say.
bool OpenBridges::know_federated_users() {
  if (federated_) return true;
  auto started = resources::FederatedUsers::start(store_);
  if (!started) return false;
  const std::lock_guard lock(mutex_);
  federated_ = std::move(*started);
  return true;
}

OpenBridges::Open OpenBridges::open(const BridgeRef& bridge, resources::BridgeSpec spec) const {
  auto library = plugins::Library::load(setup_.plugins, spec.plugin);
  if (!library) return {.spec = std::move(spec), .bridge = nullptr, .fault = library.error().message};
  plugins::BridgeOptions options{.service = bridge.service.text(),
                                 .config = spec.config,
                                 .secrets = setup_.secrets / bridge.service.ns,
                                 .patience = setup_.patience,
                                 .time_limit = spec.time_limit,
                                 .threads = spec.threads,
                                 .waiting = setup_.waiting,
                                 .admin_allowed = spec.admin_allowed,
                                 .log = [name = bridge.text()](std::uint32_t level, std::string_view text) {
                                   log::write(level_of(level), "plugin", {{"service", name}, {"text", text}});
                                 }};
  return {.spec = std::move(spec),
          .bridge = std::make_shared<plugins::Bridge>(std::move(*library), std::move(options)),
          .fault = {}};
}

void OpenBridges::wait_until_checked() const {
  std::vector<std::shared_ptr<plugins::Bridge>> bridges;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [service, open] : open_) {
      if (open.bridge) bridges.push_back(open.bridge);
    }
  }
  const auto until = std::chrono::steady_clock::now() + patience_at_start;
  for (const auto& bridge : bridges) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    (void)bridge->wait_for_health(std::max(left, std::chrono::milliseconds(0)));
  }
}

std::map<BridgeRef, OpenBridges::Told> OpenBridges::how_they_are() const {
  std::map<BridgeRef, Told> all;
  const std::lock_guard lock(mutex_);
  for (const auto& [bridge, open] : open_) {
    if (!open.bridge) {
      all.emplace(bridge, Told{.up = false, .reason = open.fault, .mechanisms = {}});
      continue;
    }
    plugins::Health health = open.bridge->health();
    all.emplace(
        bridge,
        Told{.up = health.up, .reason = std::move(health.reason), .mechanisms = open.bridge->mechanisms()});
  }
  return all;
}

resources::BridgeState OpenBridges::state(const BridgeRef& bridge, const json& document) const {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(bridge);
  if (found == open_.end() || found->second.spec != resources::bridge_spec_of(document, bridge))
    return {.why_not = "its bridge is being opened", .mechanisms = {}};
  if (!found->second.bridge) return {.why_not = found->second.fault, .mechanisms = {}};
  plugins::Health health = found->second.bridge->health();
  if (!health.up && bridge.overrides()) health.reason = does_not_answer;
  return {.why_not = health.up ? std::string() : std::move(health.reason),
          .mechanisms = found->second.bridge->mechanisms()};
}

std::shared_ptr<plugins::Bridge> OpenBridges::find(const BridgeRef& bridge) const {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(bridge);
  return found == open_.end() ? nullptr : found->second.bridge;
}

std::vector<std::string_view> OpenBridges::mechanisms(const std::optional<BridgeRef>& bridge) const {
  std::vector<std::string_view> names;
  const std::lock_guard lock(mutex_);
  for (const auto& [ref, open] : open_) {
    if (!open.bridge || (bridge && *bridge != ref)) continue;
    for (const std::string& mechanism : open.bridge->mechanisms()) {
      const std::string_view name = *names_.insert(mechanism).first;
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

std::optional<std::string> OpenBridges::federated_user(const RealmService& realm,
                                                       std::string_view identity) const {
  const resources::FederatedUsers* users = nullptr;
  {
    const std::lock_guard lock(mutex_);
    users = federated_.get();
  }
  return users == nullptr ? std::nullopt : users->find(realm.address_space, realm.service.name, identity);
}

void OpenBridges::complain(const BridgeRef& bridge, std::string_view reason) const {
  {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    const auto [last, first] = complained_.emplace(bridge, now);
    if (!first && now - last->second < complain_every) return;
    last->second = now;
  }
  log::warning("bridge cannot answer a login", {{"service", bridge.text()}, {"reason", reason}});
}

void OpenBridges::answered(const ObjectRef& service, plugins::Verdict verdict,
                           std::chrono::nanoseconds took) const {
  metrics_.answered(service, verdict, took);
}

void OpenBridges::collect(metrics::Exposition& page) const {
  std::vector<BridgeMetrics::State> states;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [service, open] : open_) {
      BridgeMetrics::State& state = states.emplace_back(service.text(), false, plugins::BridgeCounts{});
      if (!open.bridge) continue;
      state.up = open.bridge->health().up;
      state.counts = open.bridge->counts();
    }
  }
  metrics_.collect(states, page);
}

}  // namespace doorward
