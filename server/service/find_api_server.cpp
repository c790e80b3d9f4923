#include "server/service/find_api_server.hpp"

#include "server/client/https_exchange.hpp"
#include "server/http/limits.hpp"
#include "server/ops/log.hpp"

#include <cstdlib>
#include <utility>

namespace doorward {
namespace {

// Whoever waits for a review has a connection, so there is room for all of them: held and not refused.
std::size_t most_waiting(const Config& config) {
  return config.limits.connections + http::Limits().connections;
}

}  // namespace

Result<std::optional<ReviewSettings>> find_api_server(const Config& config) {
  const Config::TokenReview& review = config.token_review;
  if (!review.enabled.value_or(true)) return std::nullopt;
  std::optional<ApiServerSettings> server = review.server;
  if (!review.names_server()) {
    server = settings_in_pod([](const char* name) -> const char* { return std::getenv(name); }, pod_mount);
  }
  if (!server && !review.enabled) return std::nullopt;
  if (!server) {
    return fail(
        ErrorCode::invalid,
        "tokenReview.enabled is true, but this is no pod: name the API server by tokenReview.server or "
        "tokenReview.kubeconfig");
  }
  // A file that is there but cannot be used would show at the first login only.
  if (auto read = ApiServerSource(*server).read(); !read) {
    return fail(ErrorCode::invalid, "tokenReview: " + read.error().message);
  }
  // Before a plugin does: the memory of libcurl is wiped by whoever starts it first.
  HttpsExchange::start_libcurl();
  log::info("service account tokens are reviewed",
            {{"server", review.server.kubeconfig.empty() ? server->server : server->kubeconfig.native()}});
  return ReviewSettings{.server = std::move(*server),
                        .audiences = review.audiences,
                        .timeout = review.timeout,
                        .turns = {.under_way = review.in_flight, .waiting = most_waiting(config)},
                        .memory = {.good = review.remembered_tokens,
                                   .good_for = review.remember_for,
                                   .bad_for = review.remember_failures_for}};
}

}  // namespace doorward
