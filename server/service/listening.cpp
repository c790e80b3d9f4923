#include "server/service/listening.hpp"

#include "server/ops/log.hpp"

namespace doorward {

void log_listening(const AmqpServer& server, const std::string& https) {
  std::string plain, tls;
  for (const AmqpServer::Bound& bound : server.bound()) {
    std::string& list = bound.tls ? tls : plain;
    list += (list.empty() ? "" : ",") + bound.address;
  }
  // One line with a field for each protocol that there is; AMQP is there with or without TLS.
  const char* const amqp = plain.empty() ? "amqps" : "amqp";
  const std::string& first = plain.empty() ? tls : plain;
  const bool both = !plain.empty() && !tls.empty();
  if (both && !https.empty()) {
    log::info("listening", {{amqp, first}, {"amqps", tls}, {"https", https}});
  } else if (both) {
    log::info("listening", {{amqp, first}, {"amqps", tls}});
  } else if (!https.empty()) {
    log::info("listening", {{amqp, first}, {"https", https}});
  } else {
    log::info("listening", {{amqp, first}});
  }
}

void log_plain(const std::vector<ListenerConfig>& listeners) {
  for (const ListenerConfig& listener : listeners) {
    if (listener.plain_allowed()) continue;
    log::info(
        "without TLS, PLAIN is offered on loopback only: use --amqps, or allowPlainWithoutTls in the file",
        {{"listener", listener.address.text()}});
  }
}

}  // namespace doorward
