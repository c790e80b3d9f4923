// The bridge to another AMQP-SASL service: EnMasse's own meaning of `external`. Every client's exchange is a
// connection of its own to that service, which says who the client is and what it may do.
//
// Configuration: {host, port, caCertSecret: {name}, clientCertSecret: {name}, tls}. The secrets are laid out
// as Kubernetes does: ca.crt; tls.crt and tls.key. `tls` is true unless the host is a loopback address and
// there is no CA.
#include "plugins/plugin.hpp"
#include "plugins/relay/conversation.hpp"

#include <algorithm>
#include <memory>

#include <nlohmann/json.hpp>

namespace relay {
namespace {

using namespace doorward_plugin_cpp;
using nlohmann::json;

constexpr std::size_t max_mechanism_bytes = 20;

struct Settings {
  std::string host;
  std::uint16_t port = 0;
  bool tls = true;
  std::string ca_file, certificate_file, key_file;
};

std::string secret_file(const doorward_settings& settings, const json& config, const char* field,
                        const char* key) {
  const json reference = config.value(field, json::object());
  const std::string name = reference.is_object() ? reference.value("name", "") : "";
  if (name.empty()) return {};
  if (name.find('/') != std::string::npos || name.front() == '.')
    throw std::runtime_error(std::string(field) + ".name is no name of a secret");
  return std::string(settings.secrets_directory) + "/" + name + "/" + key;
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Settings read_settings(const doorward_settings& settings) {
  const json config = json::parse(view(settings.config), nullptr, false);
  if (!config.is_object()) throw std::runtime_error("the configuration is no JSON object");
  const json host = config.value("host", json()), port = config.value("port", json());
  const std::int64_t number = port.is_number_integer() ? port.get<std::int64_t>() : 0;
  if (!host.is_string() || host.get_ref<const std::string&>().empty() || number < 1 || number > 65'535)
    throw std::runtime_error("the configuration needs a host and a port");
  Settings read{.host = host.get<std::string>(), .port = static_cast<std::uint16_t>(number)};
  read.ca_file = secret_file(settings, config, "caCertSecret", "ca.crt");
  read.certificate_file = secret_file(settings, config, "clientCertSecret", "tls.crt");
  read.key_file = secret_file(settings, config, "clientCertSecret", "tls.key");
  const json tls = config.value("tls", json());
  read.tls = tls.is_boolean()
                 ? tls.get<bool>()
                 : !read.ca_file.empty() || !read.certificate_file.empty() || !is_loopback(read.host);
  return read;
}

class Relay {
 public:
  // One client's.
  struct Exchange {
    std::unique_ptr<Conversation> conversation;
  };

  Relay(const doorward_host&, const doorward_settings& settings)
      : settings_(read_settings(settings)), time_limit_(std::chrono::milliseconds(settings.time_limit_ms)) {
    const std::unique_ptr<Conversation> asked = converse(deadline());
    for (const std::string& name : asked->mechanisms()) {
      if (!name.empty() && name.size() <= max_mechanism_bytes) mechanisms_.push_back(name);
    }
    for (const std::string& name : mechanisms_) names_.push_back(name.c_str());
    names_.push_back(nullptr);
  }

  const char* const* mechanisms() const { return names_.data(); }

  void check(Reply& reply) const {
    (void)converse(deadline());
    reply.well();
  }

  void start(Exchange& exchange, const doorward_start& asked, Reply& reply) const {
    const Deadline until = deadline();
    exchange.conversation = converse(until);
    conclude(reply, exchange.conversation->begin(view(asked.mechanism), initial_response(asked),
                                                 view(asked.realm), until));
  }

  void step(Exchange& exchange, std::string_view response, Reply& reply) const {
    conclude(reply, exchange.conversation->respond(response, deadline()));
  }

 private:
  Deadline deadline() const { return std::chrono::steady_clock::now() + time_limit_; }

  // The CA and the certificate are read anew each time, so that they can be replaced.
  std::unique_ptr<Conversation> converse(Deadline until) const {
    std::unique_ptr<Tls> tls;
    if (settings_.tls)
      tls = std::make_unique<Tls>(settings_.ca_file, settings_.certificate_file, settings_.key_file);
    return std::make_unique<Conversation>(settings_.host, settings_.port, tls.get(), until);
  }

  static void conclude(Reply& reply, const Conversation::Reply& said) {
    if (const auto* challenge = std::get_if<std::string>(&said)) return reply.proceed(*challenge);
    const auto& ended = std::get<Ended>(said);
    switch (ended.code) {
      case 0:
        return reply.accept(ended.identity, ended.rights, ended.last_words);
      case 1:
        return reply.refuse();
      case 3:  // the ABI has one outcome for both, which the client gets as sys: the reason tells them apart
        return reply.fault("the other service ends with a fault that will last (sys-perm)");
      case 4:
        return reply.unavailable("the other service cannot tell now (sys-temp)");
      default:
        return reply.fault("the other service ends with a fault of its own (sys)");
    }
  }

  const Settings settings_;
  const std::chrono::milliseconds time_limit_;
  std::vector<std::string> mechanisms_;
  std::vector<const char*> names_;
};

}  // namespace
}  // namespace relay

const doorward_plugin* doorward_plugin_entry(std::uint32_t host_abi) {
  static constexpr doorward_plugin plugin = doorward_plugin_cpp::TableOf<relay::Relay>::named("relay", "1");
  return host_abi == DOORWARD_PLUGIN_ABI ? &plugin : nullptr;
}
