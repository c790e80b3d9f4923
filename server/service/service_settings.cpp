#include "server/service/service_settings.hpp"

#include "server/ops/log.hpp"
#include "server/process/open_files.hpp"

#include <algorithm>
#include <memory>
#include <thread>

namespace doorward {
namespace {

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

}  // namespace

std::size_t cores() { return std::max(1U, std::thread::hardware_concurrency()); }

std::size_t loops_of(const Config& config) { return config.threads == 0 ? cores() : config.threads; }

resources::ApplyOptions apply_options(const Config& config, resources::WriteTurns& turns) {
  resources::ApplyOptions options;
  options.turns = &turns;
  options.prune = config.resources.prune;
  options.settings.infra_namespace = config.infra_namespace;
  options.settings.members = std::make_shared<resources::MemberCounts>();
  options.settings.address_book = std::make_shared<resources::AddressBook>();
  options.settings.user.iterations = config.credentials.iterations;
  options.settings.user.open_bytes = config.limits.open_bytes;
  if (!config.credentials.scram_sha1) std::erase(options.settings.user.hashes, ScramHash::sha1);
  return options;
}

std::vector<AmqpListener> amqp_listeners(const Config& config, const std::shared_ptr<TlsContext>& tls) {
  std::vector<AmqpListener> listeners;
  for (const ListenerConfig& listener : config.listeners) listeners.push_back(to_amqp(listener, tls));
  return listeners;
}

AmqpLimits amqp_limits(const Config& config) {
  const std::size_t open_files = raise_open_files();
  const std::size_t allowed = connections_within(open_files, config.limits.connections, loops_of(config));
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

}  // namespace doorward
