#pragma once
// The parts of the running service, in the order in which they are made: what comes later uses what came
// before. Only the files of the composition root (service*.cpp) include this.
//
// Made on the main thread by Service::start(), which is the place to read first; look() is the watchman's.
#include "server/amqp/amqp_server.hpp"
#include "server/health/checks.hpp"
#include "server/health/health_server.hpp"
#include "server/health/readiness_login.hpp"
#include "server/login/login.hpp"
#include "server/login/worker_pool.hpp"
#include "server/ops/login_metrics.hpp"
#include "server/ops/metrics.hpp"
#include "server/process/service_manager.hpp"
#include "server/process/signals.hpp"
#include "server/resources/realm_watch.hpp"
#include "server/reviews/reviewer.hpp"
#include "server/service/history_keeper.hpp"
#include "server/service/open_bridges.hpp"
#include "server/service/resource_folder.hpp"
#include "server/service/rest_door.hpp"
#include "server/service/service.hpp"
#include "server/service/service_audit.hpp"
#include "server/service/service_metrics.hpp"
#include "server/service/watched_certificate.hpp"
#include "server/service/watchman.hpp"
#include "server/telemetry/metered_store.hpp"
#include "server/telemetry/resource_counts.hpp"
#include "server/telemetry/status_report.hpp"
#include "server/telemetry/store_pace.hpp"
#include "store/credential_cache.hpp"
#include "store/data_directory.hpp"
#include "store/disk_pace.hpp"

#include <memory>
#include <optional>
#include <stop_token>

namespace doorward {

struct Service::Parts {
  Config config;
  Reread reread;
  const ServiceManager manager = ServiceManager::from_environment();
  LoginMetrics login_metrics;
  RestMetrics rest_metrics;
  QueueMetrics queue_metrics;
  ResourceCounts counts;
  StorePace store_pace;
  DiskPace disk_pace{[this](bool slow) { store_pace.turn(slow); }};
  metrics::Registry registry;
  Checks checks;
  std::optional<DataDirectory> directory;
  std::unique_ptr<MeteredStore> store;
  resources::WriteTurns turns;
  std::optional<HistoryKeeper> history;
  std::unique_ptr<OpenBridges> bridges;
  resources::ApplyOptions apply;
  std::optional<SignalsHeld> signals;  // held until the audit has ended
  std::unique_ptr<Audit> audit;        // null: none is wanted
  std::optional<ResourceFolder> folder;
  std::optional<StatusReport> report;
  std::optional<CredentialCache> cache;
  std::unique_ptr<resources::RealmWatch> realms;
  std::unique_ptr<WatchedCertificate> certificate;  // of the AMQP listeners; null: none has TLS
  std::optional<WorkerPool> pool;
  std::optional<ReviewSettings> reviews;
  std::unique_ptr<Reviewer> reviewer;  // null: nobody reviews tokens
  std::optional<Logins> logins;
  std::optional<ReadinessLogin> readiness;
  std::unique_ptr<AmqpServer> amqp;
  std::unique_ptr<RestDoor> rest;        // null: the REST API is not served
  std::unique_ptr<HealthServer> health;  // there from the beginning, so that it tells of the start
  std::size_t told_dropped = 0;          // log lines
  std::optional<Watchman> watchman;
  std::optional<Watchman> watchdog;

  // What is made, in this order (service_parts.cpp).
  Result<> open_health();
  Result<> load_certificate();
  Result<> find_reviews();
  Result<> open_store();
  Result<> open_bridges();
  Result<> apply_resources();
  Result<> prepare_logins();
  Result<> listen();
  Result<> open_rest();
  void measure();
  void check_bridges();

  // What goes on while it runs (service_upkeep.cpp).
  void keep_up();
  void feed_watchdog();
  void look(bool asked, const std::stop_token& stop);
  void reread_config();
  void tell_dropped_lines();

  // Whoever listens, waits or works ends; the rest goes with the parts.
  void end();
  ~Parts() { end(); }
};

}  // namespace doorward
