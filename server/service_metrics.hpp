#pragma once
// What the parts of the running service say at a scrape, by asking each what it knows anyway. Any thread.
#include "server/amqp/amqp_server.hpp"
#include "server/login/worker_pool.hpp"
#include "server/ops/exposition.hpp"
#include "server/resource_folder.hpp"
#include "server/watched_certificate.hpp"
#include "store/credential_cache.hpp"

namespace doorward {

// Each outlives the scrapes.
struct MeasuredParts {
  const AmqpServer& amqp;
  const WorkerPool& pool;
  std::size_t pool_bound;
  const CredentialCache& cache;
  const WatchedCertificate* certificate;  // null: no listener has TLS
  const ResourceFolder* folder;           // null: no folder
};

void collect_service(const MeasuredParts& parts, metrics::Exposition& page);
// What is known before there are parts.
void collect_process(metrics::Exposition& page);

}  // namespace doorward
