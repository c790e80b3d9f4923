// qdrouterd.conf: authServicePlugin, sslProfile, listener and vhost policy.
#include "server/render/escapes.hpp"
#include "server/render/files.hpp"

namespace doorward::render {
namespace {

// More than the 10 seconds that the service gives a login.
constexpr std::string_view usual_handshake_seconds = "15";

class RouterConf {
 public:
  explicit RouterConf(const Delegation& delegation) : delegation_(delegation) {}

  std::string text() {
    head();
    plugin();
    listener();
    if (delegation_.policy) policy();
    return std::move(out_);
  }

 private:
  void comment(std::string_view text) { out_ += "# " + in_comment(text) + "\n"; }
  void line(std::string_view name, std::string_view value, std::string_view origin = {}) {
    if (!origin.empty()) out_ += "    # " + in_comment(origin) + "\n";
    out_ += "    " + std::string(name) + ": " + in_router_value(value) + "\n";
  }
  void optional_line(std::string_view name, std::string_view path) {
    if (const Setting* setting = delegation_.at(path)) line(name, setting->value, setting->origin);
  }

  void head() {
    comment("Lets a router (qpid-dispatch) ask doorward who the clients of address space " +
            delegation_.space.text() + " are.");
    comment("To be merged into qdrouterd.conf. The service: " + delegation_.service + ".");
    comment("Plan: " + delegation_.plan + ". Infra config: " + delegation_.infra + ".");
    for (const Setting& limit : delegation_.limits) comment("  limit " + limit.value + ": " + limit.origin);
    for (const std::string& message : delegation_.messages) comment("Note: " + message);
    // The only one that looks at such tokens.
    if (delegation_.service_type == ServiceType::standard) {
      comment(
          "Clients that log in with a service account's token must choose PLAIN or OAUTHBEARER themselves:");
      comment("left alone they choose SCRAM, which a token cannot do.");
    }
    if (delegation_.brokered)
      comment(
          "The space is brokered: its infra config says nothing of routers, so there is no vhost policy.");
    if (const Setting* threads = delegation_.at("router.workerThreads"))
      comment("In your `router` section: workerThreads: " + threads->value + " - " + threads->origin);
    if (const Setting* memory = delegation_.at("router.resources.memory"))
      comment("Memory of the router: " + memory->value + " bytes - " + memory->origin);
    out_ += "\n";
  }

  void plugin() {
    const Peer& peer = delegation_.peer;
    if (peer.tls) {
      comment(
          "The CA that signed the service's certificate; the path is yours to choose. The router builds a");
      comment(
          "trust store of it for each login, tens of milliseconds of its CPU: where doorward runs beside "
          "the");
      comment("router, listen on loopback without TLS instead (leave out --tls).");
      out_ += "sslProfile {\n";
      line("name", "doorward_ca");
      line("caCertFile", "/etc/qpid-dispatch/authservice-ca/tls.crt");
      out_ += "}\n\n";
    } else if (peer.loopback) {
      comment(
          "Beside the router, on loopback, without TLS: with TLS the router builds a trust store for each");
      comment("login, tens of milliseconds of its CPU.");
    } else {
      comment("Without TLS, passwords cross the network, and doorward offers PLAIN only where its listener");
      comment("allows that: use --tls, or run doorward beside the router on loopback.");
    }
    out_ += "authServicePlugin {\n";
    line("name", "doorward");
    line("host", peer.host, "where doorward listens (serve --amqp or --amqps): --host");
    line("port", std::to_string(peer.port));
    line("realm", delegation_.realm.value, delegation_.realm.origin);
    if (peer.tls) line("sslProfile", "doorward_ca");
    out_ += "}\n\n";
  }

  void listener() {
    comment(
        "For clients. Give it an sslProfile of your own and requireSsl: yes where they come over a network.");
    out_ += "listener {\n";
    line("name", "clients");
    line("host", "0.0.0.0");
    line("port", "5672");
    line("role", "normal");
    line("authenticatePeer", "yes");
    line("saslPlugin", "doorward");
    const Setting* handshake = delegation_.at("router.handshakeTimeout");
    if (handshake != nullptr && handshake->value != "0") {
      line("initialHandshakeTimeoutSeconds", handshake->value, handshake->origin);
    } else {
      line("initialHandshakeTimeoutSeconds", usual_handshake_seconds,
           "off by default, so that a silent client would stay for ever; above doorward's own 10 s");
    }
    optional_line("idleTimeoutSeconds", "router.idleTimeout");
    optional_line("linkCapacity", "router.linkCapacity");
    if (delegation_.policy) line("policyVhost", "public");
    out_ += "}\n";
  }

  void group(const std::vector<std::pair<std::string_view, std::string_view>>& limits) {
    out_ += "    groups: {\n        \"$default\": {\n";
    for (const auto& [name, path] : limits) {
      const Setting* setting = delegation_.at(path);
      if (setting == nullptr) continue;
      out_ += "            # " + in_comment(setting->origin) + "\n            \"" + std::string(name) +
              "\": " + in_router_value(setting->value) + ",\n";
    }
    out_ +=
        "            \"remoteHosts\": \"*\",\n"
        "            \"allowDynamicSource\": true,\n"
        "            \"allowAnonymousSender\": true,\n"
        "            \"sources\": \"*\",\n"
        "            \"targets\": \"*\"\n"
        "        }\n    }\n";
  }

  void policy() {
    out_ += "\n";
    comment(
        "Limits of the infra config. Which addresses a user may use is doorward's to say, with each login.");
    out_ += "policy {\n";
    line("enableVhostPolicy", "true");
    out_ += "}\n\nvhost {\n";
    line("hostname", "public");
    line("allowUnknownUser", "true");
    optional_line("maxConnections", "router.policy.maxConnections");
    optional_line("maxConnectionsPerHost", "router.policy.maxConnectionsPerHost");
    optional_line("maxConnectionsPerUser", "router.policy.maxConnectionsPerUser");
    optional_line("maxMessageSize", "router.policy.maxMessageSize");
    group({{"maxSessions", "router.policy.maxSessionsPerConnection"},
           {"maxSenders", "router.policy.maxSendersPerConnection"},
           {"maxReceivers", "router.policy.maxReceiversPerConnection"}});
    out_ += "}\n\n";
    comment("For listeners without policyVhost, such as those of other routers: without it the policy above");
    comment("would keep them out.");
    out_ += "vhost {\n";
    line("hostname", "$default");
    line("allowUnknownUser", "true");
    group({});
    out_ += "}\n";
  }

  const Delegation& delegation_;
  std::string out_;
};

}  // namespace

std::string router_conf(const Delegation& delegation) { return RouterConf(delegation).text(); }

}  // namespace doorward::render
