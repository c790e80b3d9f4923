#include "server/health/routes.hpp"

namespace doorward {

HealthServer::Answer health_routes(const Checks& checks, const metrics::Registry& registry) {
  return [&checks, &registry](const HealthRequest& request) -> HealthReply {
    if (request.path == "/livez") return checks.live(request);
    if (request.path == "/readyz" || request.path == "/healthz") return checks.ready(request);
    if (request.path == "/metrics") {
      const metrics::Format format = metrics::format_of(request.accept);
      return {.content_type = std::string(metrics::content_type(format)), .body = registry.scrape(format)};
    }
    return {.status = 404, .body = "there is /livez, /readyz, /healthz and /metrics\n"};
  };
}

}  // namespace doorward
