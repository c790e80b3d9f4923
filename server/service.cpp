#include "server/service.hpp"

#include "server/amqp/amqp_server.hpp"
#include "server/external_services.hpp"
#include "server/find_api_server.hpp"
#include "server/health/readiness_login.hpp"
#include "server/health/routes.hpp"
#include "server/history_keeper.hpp"
#include "server/listening.hpp"
#include "server/login/login.hpp"
#include "server/login/worker_pool.hpp"
#include "server/metered_store.hpp"
#include "server/net/tls_context.hpp"
#include "server/open_files.hpp"
#include "server/ops/log.hpp"
#include "server/ops/login_log.hpp"
#include "server/ops/login_metrics.hpp"
#include "server/ops/metrics.hpp"
#include "server/resource_counts.hpp"
#include "server/resource_folder.hpp"
#include "server/resources/builtin_roles.hpp"
#include "server/resources/realm_watch.hpp"
#include "server/rest_door.hpp"
#include "server/service_audit.hpp"
#include "server/service_manager.hpp"
#include "server/service_metrics.hpp"
#include "server/signals.hpp"
#include "server/space_report.hpp"
#include "server/watchman.hpp"
#include "store/credential_cache.hpp"
#include "store/data_directory.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace doorward {
namespace {

constexpr std::chrono::seconds look_every{1};
// Jobs that wait for a worker, however quick they are.
constexpr std::size_t pool_queue = 4'096;

std::size_t cores() { return std::max(1U, std::thread::hardware_concurrency()); }

resources::ApplyOptions apply_options(const Config& config, resources::WriteTurns& turns) {
  resources::ApplyOptions options;
  options.turns = &turns;
  options.prune = config.resources.prune;
  options.settings.infra_namespace = config.infra_namespace;
  options.settings.user.iterations = config.credentials.iterations;
  options.settings.user.open_bytes = config.limits.open_bytes;
  if (!config.credentials.scram_sha1) std::erase(options.settings.user.hashes, ScramHash::sha1);
  return options;
}

AmqpListener::ClientCertificates to_amqp(ClientCertificates asked) {
  switch (asked) {
    case ClientCertificates::none:
      break;
    case ClientCertificates::optional:
      return AmqpListener::ClientCertificates::optional;
    case ClientCertificates::required:
      return AmqpListener::ClientCertificates::required;
  }
  return AmqpListener::ClientCertificates::unasked;
}

AmqpListener to_amqp(const ListenerConfig& config, const std::shared_ptr<TlsContext>& tls) {
  return {.host = config.address.host,
          .port = config.address.port,
          .tls = config.tls ? tls : nullptr,
          .client_certificates = to_amqp(config.client_certificates),
          .plain_allowed = config.plain_allowed(),
          .service = config.authentication_service,
          .realm = config.realm};
}

AmqpLimits amqp_limits(const Config& config, std::size_t threads) {
  const std::size_t open_files = raise_open_files();
  const std::size_t allowed = connections_within(open_files, config.limits.connections, threads);
  if (allowed < config.limits.connections) {
    log::warning("fewer connections than wanted: raise the hard limit of open files",
                 {{"wanted", config.limits.connections}, {"allowed", allowed}, {"open_files", open_files}});
  }
  return {.login = config.limits.login_timeout,
          .after_outcome = config.limits.close_timeout,
          .grace = config.limits.drain_timeout,
          .connections = allowed,
          .frame_bytes = config.limits.frame_bytes};
}

}  // namespace

// In the order in which they are made; what comes later uses what came before.
struct Service::Parts {
  Config config;
  Reread reread;
  const ServiceManager manager = ServiceManager::from_environment();
  LoginMetrics login_metrics;
  ResourceCounts counts;
  metrics::Registry registry;
  Checks checks;
  std::optional<DataDirectory> directory;
  std::unique_ptr<MeteredStore> store;
  resources::WriteTurns turns;
  std::optional<HistoryKeeper> history;
  std::unique_ptr<OpenBridges> bridges;
  resources::ApplyOptions apply;
  std::unique_ptr<Audit> audit;
  std::optional<ResourceFolder> folder;
  std::optional<SpaceReport> report;
  std::optional<CredentialCache> cache;
  std::unique_ptr<resources::RealmWatch> realms;
  std::shared_ptr<TlsContext> tls;
  std::string certificate_fault;  // why the newest files are not in use; empty: they are
  std::atomic<bool> certificate_refused = false;
  std::optional<SignalsHeld> signals;
  std::optional<WorkerPool> pool;
  std::optional<ReviewSettings> reviews;
  std::unique_ptr<Reviewer> reviewer;  // null: nobody reviews tokens
  std::optional<Logins> logins;
  std::optional<ReadinessLogin> readiness;
  std::unique_ptr<AmqpServer> amqp;
  std::unique_ptr<RestDoor> rest;
  std::unique_ptr<HealthServer> health;  // there from the beginning, so that it tells of the start
  std::size_t told_dropped = 0;          // log lines
  std::optional<Watchman> watchman;
  std::optional<Watchman> watchdog;

  Result<> open_health();
  Result<> open_store();
  Result<> open_bridges();
  void check_bridges();
  Result<> load_tls();
  Result<> listen();
  void measure();
  void feed_watchdog();
  void look(bool asked, const std::stop_token& stop);
  void look_at_certificate(bool asked);
  void reread_config();
  ~Parts();
};

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

Result<> Service::Parts::open_store() {
  auto opened = DataDirectory::open(config.data_dir);
  if (!opened) return std::unexpected(opened.error());
  directory.emplace(std::move(*opened));
  auto made = open_sqlite_store(directory->database());
  if (!made) return std::unexpected(made.error());
  store = std::make_unique<MeteredStore>(std::move(*made));
  history.emplace(*store, config.limits.kept_changes);
  auto started = start_audit(config, directory->keys());
  if (!started) return std::unexpected(started.error());
  audit = std::move(*started);
  return {};
}

Result<> Service::Parts::open_bridges() {
  auto started = OpenBridges::start(*store, {.plugins = config.plugins(), .secrets = config.secrets()});
  if (!started) return std::unexpected(started.error());
  bridges = std::move(*started);
  apply = apply_options(config, turns);
  apply.settings.bridge = [this](const ObjectRef& service, const nlohmann::json& document) {
    return bridges->state(service, document);
  };
  return {};
}

// So that the first login of an external service finds its bridge.
void Service::Parts::check_bridges() {
  bridges->look(apply.settings, turns);
  bridges->wait_until_checked();
  bridges->look(apply.settings, turns);
}

Result<> Service::Parts::load_tls() {
  if (config.tls.certificate.empty()) return {};
  auto loaded = TlsContext::load({config.tls.certificate, config.tls.key, config.tls.client_ca});
  if (!loaded) return fail(ErrorCode::invalid, loaded.error().message);
  tls = std::move(*loaded);
  return {};
}

Result<> Service::Parts::listen() {
  Result<Secret> decoy_key = store->shared_key("decoy");
  if (!decoy_key) return std::unexpected(decoy_key.error());
  cache.emplace(*store, config.limits.cached_users);
  if (reviews) reviewer = std::make_unique<Reviewer>(*reviews);
  // A login that has waited for half of its time has the other half to end in.
  pool.emplace(std::max<std::size_t>(2, cores()), pool_queue, config.limits.login_timeout / 2);
  logins.emplace(Logins::Parts{.realms = [this] { return realms->current(); },
                               .credentials = *cache,
                               .pool = *pool,
                               .decoy_key = std::move(*decoy_key),
                               .report =
                                   [this](const LoginFact& fact) {
                                     log_login(fact);
                                     login_metrics.count(fact);
                                     if (audit) audit->login(fact);
                                   },
                               .remembered = {.pairs = config.limits.remembered_passwords,
                                              .time = std::chrono::duration_cast<std::chrono::seconds>(
                                                  config.limits.remembered_for)},
                               .external = bridges.get(),
                               .open_bytes = config.limits.open_bytes,
                               .reviews = reviewer.get(),
                               .closed = [this] { return audit && audit->refuses(); }});
  const std::size_t threads = config.threads == 0 ? cores() : config.threads;
  std::vector<AmqpListener> listeners;
  for (const ListenerConfig& listener : config.listeners) listeners.push_back(to_amqp(listener, tls));
  auto listening = AmqpServer::listen({.logins = *logins,
                                       .listeners = std::move(listeners),
                                       .limits = amqp_limits(config, threads),
                                       .loops = threads});
  if (!listening) return std::unexpected(listening.error());
  amqp = std::move(*listening);
  amqp->start();
  if (!config.https.address) return {};
  auto opened = RestDoor::open(config, *directory, {*store, apply.settings, turns});
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
  counts.refresh(*store);
  registry.add([this](metrics::Exposition& page) {
    login_metrics.collect(page);
    if (audit) audit->collect(page);
    store->collect(page);
    counts.collect(page);
    collect_service({.amqp = *amqp,
                     .pool = *pool,
                     .pool_bound = pool_queue,
                     .cache = *cache,
                     .tls = tls.get(),
                     .certificate_refused = certificate_refused,
                     .folder = folder ? &*folder : nullptr},
                    page);
  });
  checks.add("login", [this] { return readiness->check(); });
  checks.started();
}

// A process whose loops hang is not alive, whatever else runs.
void Service::Parts::feed_watchdog() {
  if (!manager.watchdog()) return;
  const auto every = std::chrono::duration_cast<std::chrono::milliseconds>(*manager.watchdog() / 3);
  watchdog.emplace(every, [this, every](bool, const std::stop_token&) {
    if (readiness->loops_run(every)) manager.alive();
  });
}

void Service::Parts::look(bool asked, const std::stop_token& stop) {
  if (asked) manager.reloading();
  if (asked) reread_config();
  if (asked && audit) audit->reopen();
  if (const std::size_t dropped = log::dropped_lines(); dropped != told_dropped) {
    log::warning("log lines were dropped: whoever reads them is too slow",
                 {{"lines", dropped - std::exchange(told_dropped, dropped)}});
  }
  if (tls) look_at_certificate(asked);
  history->look(std::chrono::steady_clock::now());
  if (rest) rest->look();
  if (folder && folder->look(asked, stop)) report->tell(*store);
  bridges->look(apply.settings, turns);
  if (health) counts.refresh(*store);
  if (asked) manager.ready();
}

// The context tells the log of what is new; whoever asks also hears that nothing is.
void Service::Parts::look_at_certificate(bool asked) {
  const auto reloaded = tls->reload();
  if (!reloaded) {
    certificate_fault = reloaded.error().message;
    certificate_refused = true;
  } else if (*reloaded == TlsContext::Reload::swapped) {
    certificate_fault.clear();
    certificate_refused = false;
  } else if (asked && certificate_fault.empty()) {
    log::info("certificate has not changed", {{"certificate", config.tls.certificate.native()}});
  } else if (asked) {
    log::warning("certificate still not replaced: the old one stays in use", {{"reason", certificate_fault}});
  }
}

void Service::Parts::reread_config() {
  auto read = reread();
  if (!read) {
    for (const resources::Fault& fault : read.error())
      log::error("configuration fault", {{"fault", fault.text()}});
    log::error("configuration refused: the old one stays in force");
    return;
  }
  log::set_level(read->log.level);
  config.log.level = read->log.level;
  log::info("configuration reread");
  if (*read != config) log::warning("some settings have changed that are taken at the next start only");
}

Service::Parts::~Parts() {
  watchman.reset();
  watchdog.reset();
  rest.reset();
  // What the pool and the reviews still finish is posted to the loops, so they stop before and go after.
  if (amqp) amqp->stop();
  health.reset();
  pool.reset();
  reviewer.reset();
  if (bridges) bridges->close();
  amqp.reset();
}

Service::Service(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Service::~Service() = default;

Result<std::unique_ptr<Service>> Service::start(const Config& config, Reread reread) {
  auto parts = std::make_unique<Parts>();
  parts->config = config;
  parts->reread = std::move(reread);
  if (auto opened = parts->open_health(); !opened) return std::unexpected(opened.error());
  // The cheap ones first, so that a mistake shows before a thousand passwords are derived.
  if (auto loaded = parts->load_tls(); !loaded) return std::unexpected(loaded.error());
  auto reviews = find_api_server(config);
  if (!reviews) return std::unexpected(reviews.error());
  parts->reviews = std::move(*reviews);
  if (auto opened = parts->open_store(); !opened) return std::unexpected(opened.error());
  if (auto opened = parts->open_bridges(); !opened) return std::unexpected(opened.error());
  if (!config.resources.directory.empty()) {
    parts->folder.emplace(*parts->store, config.resources.directory, parts->apply,
                          report_to(parts->audit.get(), config.resources.directory));
    if (auto applied = parts->folder->apply_at_start(); !applied) return std::unexpected(applied.error());
  }
  parts->check_bridges();
  if (auto written = resources::write_builtin_roles(*parts->store); !written)
    return std::unexpected(written.error());
  auto watching = resources::RealmWatch::start(*parts->store);
  if (!watching) return std::unexpected(watching.error());
  parts->realms = std::move(*watching);
  parts->signals.emplace();
  if (auto listening = parts->listen(); !listening) return std::unexpected(listening.error());
  parts->measure();
  parts->report.emplace(config.infra_namespace);
  parts->report->tell(*parts->store);
  parts->watchman.emplace(look_every, [service = parts.get()](bool asked, const std::stop_token& stop) {
    service->look(asked, stop);
  });
  log_listening(*parts->amqp, parts->rest ? parts->rest->address() : "");
  parts->feed_watchdog();
  parts->manager.ready();
  return std::unique_ptr<Service>(new Service(std::move(parts)));
}

void Service::run() {
  for (;;) {
    const int number = parts_->signals->wait();
    if (number != SIGHUP) break;
    parts_->watchman->ask();
  }
  log::info("stopping: running logins may finish, new ones are not taken",
            {{"connections", parts_->amqp->connections()},
             {"seconds", std::chrono::duration<double>(parts_->config.limits.drain_timeout).count()}});
  // A second SIGTERM or SIGINT ends the process at once; the store is made for that.
  ignore_hangups();
  parts_->manager.stopping();
  parts_->checks.draining();
  parts_->watchman->stop();
  parts_->signals.reset();
  if (parts_->rest) parts_->rest->stop();
  parts_->amqp->stop();
  parts_.reset();
  log::info("stopped");
}

}  // namespace doorward
