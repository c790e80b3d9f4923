#pragma once
// What the configuration means to each part of the service, in that part's own words. Pure, but for
// amqp_limits(), which raises the process' limit of open files.
#include "server/amqp/amqp_server.hpp"
#include "server/config/config.hpp"
#include "server/net/tls_context.hpp"
#include "server/resources/apply.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace doorward {

// Of this machine; at least 1.
std::size_t cores();
// Event loops.
std::size_t loops_of(const Config& config);

// `turns` must outlive what is made of them.
resources::ApplyOptions apply_options(const Config& config, resources::WriteTurns& turns);

// `tls`: for those that want it; null where there is no certificate.
std::vector<AmqpListener> amqp_listeners(const Config& config, const std::shared_ptr<TlsContext>& tls);

// Warns where the files that may be open allow fewer connections than wanted.
AmqpLimits amqp_limits(const Config& config);

}  // namespace doorward
