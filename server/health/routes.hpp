#pragma once
// Which path of the health port answers what.
#include "server/health/checks.hpp"
#include "server/health/health_server.hpp"
#include "server/ops/metrics.hpp"

namespace doorward {

// /livez, /readyz, /healthz (as /readyz) and /metrics. Both must outlive the answer.
HealthServer::Answer health_routes(const Checks& checks, const metrics::Registry& registry);

}  // namespace doorward
