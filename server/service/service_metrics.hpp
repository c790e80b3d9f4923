#pragma once
// What the parts of the running service say at a scrape, by asking each what it knows anyway. Any thread.
#include "server/amqp/amqp_server.hpp"
#include "server/login/guess_guard.hpp"
#include "server/login/worker_pool.hpp"
#include "server/ops/metrics.hpp"
#include "server/service/resource_folder.hpp"
#include "server/service/watched_certificate.hpp"
#include "store/credential_cache.hpp"

#include <chrono>

namespace doorward {

// How long jobs wait for a worker. waited() is called on the workers.
class QueueMetrics {
 public:
  QueueMetrics();
  void waited(WorkerPool::Share share, std::chrono::nanoseconds time);
  void collect(metrics::Exposition& page) const { waits_.collect(page); }

 private:
  metrics::Durations waits_{{"doorward_worker_queue_wait_seconds",
                             "How long jobs waited for a worker: reads of the store, passwords, and what "
                             "logins to unknown realms take.",
                             {{"share"}}}};
};

// Each outlives the scrapes.
struct MeasuredParts {
  const AmqpServer& amqp;
  const WorkerPool& pool;
  std::size_t pool_bound;
  GuessGuard& guesses;
  const CredentialCache& cache;
  const WatchedCertificate* amqps_certificate;  // null: none
  const WatchedCertificate* https_certificate;  // null: none
  const ResourceFolder* folder;                 // null: no folder
};

void collect_service(const MeasuredParts& parts, metrics::Exposition& page);
// What is known before there are parts.
void collect_process(metrics::Exposition& page);

}  // namespace doorward
