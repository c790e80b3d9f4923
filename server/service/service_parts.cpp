// How each part of the service is made, and in which order they go.
#include "server/service/service_parts.hpp"

#include "server/health/routes.hpp"
#include "server/ops/log.hpp"
#include "server/ops/login_log.hpp"
#include "server/resources/builtin_roles.hpp"
#include "server/service/find_api_server.hpp"
#include "server/service/service_settings.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace doorward {
namespace {

constexpr std::chrono::seconds look_at_audit_every{1};

// Each connection waits for one job at a time, so that none is refused for their number. One more is that of
// the login that readiness is.
std::size_t pool_queue(const Config& config) { return config.limits.connections + 1; }

// How long a login is held back for the sake of others. It has the rest of its time to end in.
std::chrono::nanoseconds patience(const Config& config) { return config.limits.login_timeout / 4 * 3; }

}  // namespace

Result<> Service::Parts::open_health() {
  if (!config.health) return {};
  registry.add(collect_process);
  auto opened =
      HealthServer::listen(config.health->host, config.health->port, health_routes(checks, registry));
  if (!opened) return std::unexpected(opened.error());
  health = std::move(*opened);
  log::info("health port open", {{"health", health->address()}});
  return {};
}

Result<> Service::Parts::load_certificate() {
  if (config.tls.certificate.empty()) return {};
  auto loaded = WatchedCertificate::load({config.tls.certificate, config.tls.key, config.tls.client_ca});
  if (!loaded) return std::unexpected(loaded.error());
  certificate = std::move(*loaded);
  return {};
}

Result<> Service::Parts::find_reviews() {
  auto found = find_api_server(config);
  if (!found) return std::unexpected(found.error());
  reviews = std::move(*found);
  return {};
}

Result<> Service::Parts::open_store() {
  auto opened = DataDirectory::open(config.data_dir);
  if (!opened) return std::unexpected(opened.error());
  directory.emplace(std::move(*opened));
  auto made = open_sqlite_store(directory->database(), {.pace = &disk_pace});
  if (!made) return std::unexpected(made.error());
  store = std::make_unique<MeteredStore>(std::move(*made));
  history.emplace(*store, config.limits.kept_changes);
  const auto version = store->version();
  if (!version) return std::unexpected(version.error());
  report.emplace(config.infra_namespace, *version);
  auto started = start_audit(config, directory->keys());
  if (!started) return std::unexpected(started.error());
  audit = std::move(*started);
  return {};
}

Result<> Service::Parts::open_bridges() {
  bridges = OpenBridges::start(
      *store, {.plugins = config.plugins(),
               .secrets = config.secrets(),
               .patience = std::chrono::duration_cast<std::chrono::milliseconds>(patience(config)),
               .waiting = config.limits.connections});
  apply = apply_options(config, turns);
  apply.settings.bridge = [this](const BridgeRef& bridge, const nlohmann::json& document) {
    return bridges->state(bridge, document);
  };
  return {};
}

Result<> Service::Parts::apply_resources() {
  if (!config.resources.directory.empty()) {
    folder.emplace(*store, config.resources.directory, apply,
                   report_to(audit.get(), config.resources.directory));
    if (auto applied = folder->apply_at_start(); !applied) return applied;
  }
  check_bridges();
  return resources::write_builtin_roles(*store);
}

// So that the first login of an external service finds its bridge.
void Service::Parts::check_bridges() {
  bridges->look(apply.settings, turns);
  bridges->wait_until_checked();
  bridges->look(apply.settings, turns);
}

Result<> Service::Parts::prepare_logins() {
  signals.emplace();  // the threads that are made from here on never get any
  auto watching = resources::RealmWatch::start(*store);
  if (!watching) return std::unexpected(watching.error());
  realms = std::move(*watching);
  Result<Secret> decoy_key = store->shared_key("decoy");
  if (!decoy_key) return std::unexpected(decoy_key.error());
  cache.emplace(*store, config.limits.cached_users);
  if (reviews) reviewer = std::make_unique<Reviewer>(*reviews);
  pool.emplace(
      std::max<std::size_t>(2, cores()), pool_queue(config), patience(config),
      [this](WorkerPool::Share share, std::chrono::nanoseconds time) { queue_metrics.waited(share, time); });
  logins.emplace(Logins::Parts{
      .realms = [this] { return realms->current(); },
      .credentials = *cache,
      .pool = *pool,
      .decoy_key = std::move(*decoy_key),
      .decoy_iterations = config.credentials.iterations,
      .report =
          [this](const LoginFact& fact) {
            log_login(fact);
            login_metrics.count(fact);
            if (audit) audit->login(fact);
          },
      .remembered = {.pairs = config.limits.remembered_passwords,
                     .time = std::chrono::duration_cast<std::chrono::seconds>(config.limits.remembered_for)},
      .external = bridges.get(),
      .open_bytes = config.limits.open_bytes,
      .reviews = reviewer.get(),
      .closed = [this] { return audit && audit->refuses(); }});
  return {};
}

Result<> Service::Parts::listen() {
  auto listening =
      AmqpServer::listen({.logins = *logins,
                          .listeners = amqp_listeners(config, certificate ? certificate->tls() : nullptr),
                          .limits = amqp_limits(config),
                          .loops = loops_of(config)});
  if (!listening) return std::unexpected(listening.error());
  amqp = std::move(*listening);
  amqp->start();
  return {};
}

Result<> Service::Parts::open_rest() {
  if (!config.https.address) return {};
  auto opened = RestDoor::open(config, *directory,
                               {.store = *store,
                                .settings = apply.settings,
                                .turns = turns,
                                .told = report_requests_to(audit.get()),
                                .refused = report_refusals_to(audit.get()),
                                .tokens = report_tokens_to(audit.get(), directory->tokens()),
                                .reviews = reviewer.get(),
                                .metrics = rest_metrics,
                                .guesses = logins->guesses(),
                                .pool = *pool});
  if (!opened) return std::unexpected(opened.error());
  rest = std::move(*opened);
  return {};
}

// What can be asked only now that everything is there.
void Service::Parts::measure() {
  readiness.emplace(ReadinessLogin::Parts{
      .read_user = [this](std::string_view realm, std::string_view username,
                          Patience patience) { return store->find_user(realm, username, patience); },
      .pool = *pool,
      .loops = amqp->loops()});
  registry.add([this](metrics::Exposition& page) {
    login_metrics.collect(page);
    if (audit) audit->collect(page);
    store->collect(page);
    store_pace.collect(page);
    counts.collect(page);
    queue_metrics.collect(page);
    bridges->collect(page);
    if (reviewer) reviewer->collect(page);
    if (rest) rest_metrics.collect(page);
    collect_service({.amqp = *amqp,
                     .pool = *pool,
                     .pool_bound = pool_queue(config),
                     .guesses = logins->guesses(),
                     .cache = *cache,
                     .amqps_certificate = certificate.get(),
                     .https_certificate = rest ? &rest->certificate() : nullptr,
                     .folder = folder ? &*folder : nullptr},
                    page);
  });
  checks.add("login", [this] { return readiness->check(); });
  checks.started();
}

void Service::Parts::end() {
  watchman.reset();
  watchdog.reset();
  health.reset();  // a scrape looks at all that follows
  rest.reset();
  // What the pool and the reviews still finish is posted to the loops, so they stop before and go after.
  if (amqp) amqp->stop();
  pool.reset();
  reviewer.reset();
  if (bridges) bridges->close();
  amqp.reset();
  // As long as its disk hangs; a second signal ends that.
  while (audit && !audit->finish(look_at_audit_every)) audit->look();
}

}  // namespace doorward
