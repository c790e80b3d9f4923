#pragma once
// The log line that says where the service can be reached, once it can.
#include "server/amqp/amqp_server.hpp"

#include <string>

namespace doorward {

// `https`: where the REST API listens; empty: it is not served.
void log_listening(const AmqpServer& server, const std::string& https);

}  // namespace doorward
