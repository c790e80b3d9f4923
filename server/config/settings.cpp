#include "server/config/settings.hpp"

#include "store/model/names.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace doorward {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view on_failure_names[] = {"continue", "refuse"};
constexpr std::string_view client_certificates_names[] = {"none", "optional", "required"};

void read_listener(Section& in, ListenerConfig& listener, Faults& faults) {
  if (!in.parsed("address", [&](const std::string& text) -> std::string {
        auto address = Address::parse(text);
        if (!address) return address.error().message;
        listener.address = *address;
        return "";
      })) {
    faults.push_back(
        {.field = in.path_of("address"), .message = "is missing: say where to listen, HOST:PORT"});
  }
  in.flag("tls", listener.tls);
  const bool service = in.parsed("authenticationService", [&](const std::string& text) -> std::string {
    const std::size_t slash = text.find('/');
    const ObjectRef ref{text.substr(0, slash), slash == std::string::npos ? "" : text.substr(slash + 1)};
    if (!is_dns_label(ref.ns) || !is_dns_subdomain(ref.name)) {
      return quoted(text) + " names no AuthenticationService: write NAMESPACE/NAME";
    }
    listener.authentication_service = ref;
    return "";
  });
  const bool realm = in.parsed("realm", [&](const std::string& text) -> std::string {
    if (auto parsed = Realm::parse(text); !parsed) return parsed.error().message;
    listener.realm = text;
    return "";
  });
  // Here, and whether they are valid or not: each has its own fault beside this one.
  if (service && realm) {
    faults.push_back(
        {.field = in.path_of("realm"),
         .message = "stands beside authenticationService: a listener is narrowed by one of them"});
  }
  bool allow = false;
  if (in.flag("allowPlainWithoutTls", allow)) listener.allow_plain_without_tls = allow;
  in.choice("clientCertificates", client_certificates_names, [&](std::size_t index) {
    listener.client_certificates = static_cast<ClientCertificates>(index);
  });
}

void read_token_review(Section& in, Config::TokenReview& review) {
  bool enabled = false;
  if (in.flag("enabled", enabled)) review.enabled = enabled;
  in.parsed("server", [&](const std::string& text) {
    review.server.server = text;
    return fault_of_server(text);
  });
  in.path("ca", review.server.ca);
  in.path("tokenFile", review.server.token_file);
  in.path("clientCert", review.server.client_certificate);
  in.path("clientKey", review.server.client_key);
  in.path("kubeconfig", review.server.kubeconfig);
  in.texts("audiences", review.audiences);
  in.duration("timeout", review.timeout, 100ms, 60s);
  in.number("inFlight", review.in_flight, 1, 256);
  in.number("rememberedTokens", review.remembered_tokens, 0, 1'000'000);
  in.duration("rememberFor", review.remember_for, 1s, 1h);
  in.duration("rememberFailuresFor", review.remember_failures_for, 0ms, 10min);
  in.flag("allowMasters", review.allow_masters);
}

}  // namespace

void read_settings(Section& in, Config& config, Faults& faults) {
  in.path("dataDir", config.data_dir);
  in.path("secretsDir", config.secrets_dir);
  in.path("pluginsDir", config.plugins_dir);
  in.number("threads", config.threads, 0, 256);
  in.text("infraNamespace", config.infra_namespace);
  in.section("resources", [&](Section& resources) {
    resources.path("directory", config.resources.directory);
    resources.flag("prune", config.resources.prune);
  });
  in.section("amqp", [&](Section& amqp) {
    std::vector<ListenerConfig> listeners;
    const bool named = amqp.list(
        "listeners", [&](Section& listener) { read_listener(listener, listeners.emplace_back(), faults); });
    if (named) config.listeners = std::move(listeners);
  });
  in.section("health", [&](Section& health) {
    health.parsed("address", [&](const std::string& text) -> std::string {
      const auto address = Address::parse(text);
      if (!address) return address.error().message;
      config.health = *address;
      return "";
    });
  });
  in.section("audit", [&](Section& audit) {
    audit.path("file", config.audit.file);
    audit.choice("onFailure", on_failure_names, [&](std::size_t index) { config.audit.refuse = index == 1; });
  });
  in.section("tls", [&](Section& tls) {
    tls.path("certificate", config.tls.certificate);
    tls.path("key", config.tls.key);
    tls.path("clientCa", config.tls.client_ca);
  });
  in.section("https", [&](Section& https) {
    https.parsed("address", [&](const std::string& text) -> std::string {
      auto address = Address::parse(text);
      if (!address) return address.error().message;
      config.https.address = *address;
      return "";
    });
    https.path("clientCa", config.https.client_ca);
  });
  in.section("limits", [&](Section& limits) {
    limits.duration("loginTimeout", config.limits.login_timeout, 100ms, 10min);
    limits.duration("closeTimeout", config.limits.close_timeout, 100ms, 10min);
    limits.duration("drainTimeout", config.limits.drain_timeout, 0ms, 1h);
    limits.number("connections", config.limits.connections, 1, 1'000'000);
    limits.number("frameBytes", config.limits.frame_bytes, 512, 16'384);
    limits.number("openBytes", config.limits.open_bytes, 512, 16'777'216);
    limits.number("cachedUsers", config.limits.cached_users, 1, 10'000'000);
    limits.number("rememberedPasswords", config.limits.remembered_passwords, 0, 10'000'000);
    limits.duration("rememberedFor", config.limits.remembered_for, 1s, 24h);
    limits.number("keptChanges", config.limits.kept_changes, 1'000, 100'000'000);
    limits.number("objectsPerNamespace", config.limits.objects_per_namespace, 1, 1'000'000);
    limits.number("membersPerNamespace", config.limits.members_per_namespace, 1, 100'000'000);
  });
  in.section("credentials", [&](Section& credentials) {
    credentials.number("iterations", config.credentials.iterations, ScramCredential::min_iterations,
                       ScramCredential::max_iterations);
    credentials.flag("scramSha1", config.credentials.scram_sha1);
  });
  in.section("tokenReview", [&](Section& review) { read_token_review(review, config.token_review); });
  in.section("log", [&](Section& log) {
    log.choice("level", log::level_names,
               [&](std::size_t index) { config.log.level = static_cast<log::Level>(index); });
    log.choice("format", log::format_names,
               [&](std::size_t index) { config.log.format = static_cast<log::Format>(index); });
  });
}

}  // namespace doorward
