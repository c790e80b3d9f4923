#pragma once
// The log line that says where the service can be reached, once it can.
#include "server/amqp/amqp_server.hpp"
#include "server/config/config.hpp"

#include <string>
#include <vector>

namespace doorward {

// `https`: where the REST API listens; empty: it is not served.
void log_listening(const AmqpServer& server, const std::string& https);

// A line for each listener whose clients will not find PLAIN, which is not what a newcomer expects.
void log_plain(const std::vector<ListenerConfig>& listeners);

}  // namespace doorward
