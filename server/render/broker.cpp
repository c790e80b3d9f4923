// login.config and broker.xml of Artemis, for EnMasse's login module, which relays each login to the service.
#include "server/render/escapes.hpp"
#include "server/render/files.hpp"

namespace doorward::render {
namespace {

// By this name the login module finds the plugin that makes roles of addresses.
constexpr std::string_view plugin_name = "enmasse";

std::string head(const Delegation& delegation) {
  return "Lets a broker (Artemis) ask doorward who the clients of address space " + delegation.space.text() +
         " are. The service: " + delegation.service + ".";
}

class BrokerXml {
 public:
  explicit BrokerXml(const Delegation& delegation) : delegation_(delegation) {}

  std::string text() {
    out_ += "<configuration xmlns=\"urn:activemq\">\n  <core xmlns=\"urn:activemq:core\">\n";
    comment(head(delegation_));
    comment("To be merged into broker.xml. Plan: " + delegation_.plan +
            ". Infra config: " + delegation_.infra + ".");
    for (const Setting& limit : delegation_.limits) comment("limit " + limit.value + ": " + limit.origin);
    memory();
    out_ +=
        "    <acceptors>\n"
        "      <!-- The login module speaks PLAIN only. -->\n"
        "      <acceptor name=\"amqp\">tcp://0.0.0.0:5672?protocols=AMQP;saslMechanisms=PLAIN</acceptor>\n"
        "    </acceptors>\n"
        "    <security-settings>\n"
        "      <!-- Makes permissions of what doorward says that a user may use; login.config names it. -->\n"
        "      <security-setting-plugin "
        "class-name=\"io.enmasse.artemis.sasl_delegation.SaslGroupBasedSecuritySettingsPlugin\">\n"
        "        <setting name=\"name\" value=\"" +
        in_xml(plugin_name) +
        "\"/>\n"
        "        <setting name=\"useGroupsFromSaslDelegation\" value=\"true\"/>\n"
        "      </security-setting-plugin>\n"
        "    </security-settings>\n"
        "    <!-- Addresses are read with these signs: orders/* of a user becomes orders/#. -->\n"
        "    <wildcard-addresses>\n"
        "      <enabled>true</enabled>\n"
        "      <delimiter>/</delimiter>\n"
        "      <any-words>#</any-words>\n"
        "      <single-word>+</single-word>\n"
        "    </wildcard-addresses>\n";
    addresses();
    out_ += "  </core>\n</configuration>\n";
    return std::move(out_);
  }

 private:
  void comment(std::string_view text) { out_ += "    <!-- " + in_xml_comment(text) + " -->\n"; }

  void memory() {
    const Setting* memory = delegation_.at("broker.resources.memory");
    if (memory != nullptr)
      comment("Memory of the broker: " + memory->value + " bytes, half of it for -Xmx. " + memory->origin);
    if (const Setting* size = delegation_.at("broker.globalMaxSize")) {
      comment(size->origin);
      out_ += "    <global-max-size>" + in_xml(size->value) + "</global-max-size>\n";
    } else if (memory != nullptr) {
      comment("No spec.broker.globalMaxSize: half of that heap, a quarter of the memory above.");
      out_ +=
          "    <global-max-size>" + std::to_string(std::stoull(memory->value) / 4) + "</global-max-size>\n";
    } else {
      comment("No globalMaxSize and no memory is given: Artemis takes half of its heap.");
    }
    if (const Setting* storage = delegation_.at("broker.resources.storage")) {
      comment("Volume of the broker's data directories: " + storage->value + " bytes. " + storage->origin);
      out_ += "    <max-disk-usage>90</max-disk-usage>\n";
    }
  }

  void addresses() {
    out_ +=
        "    <address-settings>\n"
        "      <address-setting match=\"#\">\n"
        "        <!-- Of one address no limit: global-max-size is that of all together. -->\n"
        "        <max-size-bytes>-1</max-size-bytes>\n";
    if (const Setting* policy = delegation_.at("broker.addressFullPolicy")) {
      out_ += "        <!-- " + in_xml_comment(policy->origin) + " -->\n        <address-full-policy>" +
              in_xml(policy->value) + "</address-full-policy>\n";
    } else {
      out_ += "        <!-- No spec.broker.addressFullPolicy: that of Artemis, PAGE, is in force. -->\n";
    }
    out_ += "      </address-setting>\n    </address-settings>\n";
  }

  const Delegation& delegation_;
  std::string out_;
};

}  // namespace

std::string broker_xml(const Delegation& delegation) { return BrokerXml(delegation).text(); }

std::string broker_login_config(const Delegation& delegation) {
  std::string out;
  const auto comment = [&](std::string_view text, std::string_view indent = "") {
    out += std::string(indent) + "// " + in_comment(text) + "\n";
  };
  const auto option = [&](std::string_view name, std::string_view value) {
    out += "       " + std::string(name) + "=\"" + in_jaas_string(value) + "\"\n";
  };
  const Peer& peer = delegation.peer;
  comment(head(delegation));
  for (const std::string& message : delegation.messages) comment("Note: " + message);
  comment("The login module speaks PLAIN only: clients choose PLAIN" +
          std::string(delegation.service_type == ServiceType::standard
                          ? ", those with a service account's token, too."
                          : "."));
  if (peer.tls) {
    comment("With TLS the module reads its trust store again for each login: where doorward runs beside the");
    comment("broker, listen on loopback without TLS instead (leave out --tls).");
  } else if (peer.loopback) {
    comment(
        "Beside the broker, on loopback, without TLS: with TLS the module reads a trust store for each "
        "login.");
  } else {
    comment(
        "Without TLS, passwords cross the network, and doorward offers PLAIN only where its listener allows");
    comment("that: use --tls, or run doorward beside the broker on loopback.");
  }
  out += "activemq {\n   io.enmasse.artemis.sasl_delegation.SaslDelegatingLogin required\n";
  comment("where doorward listens (serve --amqp or --amqps): --host", "       ");
  option("hostname", peer.host);
  option("port", std::to_string(peer.port));
  comment(delegation.realm.origin, "       ");
  option("sasl_hostname", delegation.realm.value);
  option("use_tls", peer.tls ? "true" : "false");
  if (peer.tls) {
    comment(
        "A JKS file that holds the CA (keytool -importcert -storetype JKS); both lines are yours to change.",
        "       ");
    option("truststore_path", "/etc/doorward/truststore.jks");
    option("truststore_password", "changeit");
  }
  option("default_roles_authenticated", "all");
  if (delegation.service_type == ServiceType::none) {
    comment("A service of type none sends no limits, and by this role its clients may do everything.",
            "       ");
    option("default_roles_unauthenticated", "admin");
  } else {
    comment("No default_roles_unauthenticated: this service always says what a user may do.", "       ");
  }
  comment("the name of the plugin in broker.xml", "       ");
  out += "       security_settings=\"" + in_jaas_string(plugin_name) + "\";\n};\n";
  return out;
}

}  // namespace doorward::render
