#include "server/config/validate.hpp"

#include "store/model/names.hpp"

#include <fstream>
#include <system_error>

#include <fmt/format.h>

namespace doorward {
namespace {

namespace fs = std::filesystem;

void validate_directory(const fs::path& path, const char* setting, Faults& faults) {
  std::error_code ignored;
  if (path.empty() || fs::is_directory(path, ignored)) return;
  const char* const why = fs::exists(path, ignored)
                              ? "is a file: name the directory that it is in"
                              : "is no directory that can be seen: make it, or correct the path";
  faults.push_back({.field = setting, .message = fmt::format("{} {}", quoted(path.native(), 256), why)});
}

void validate_file(const fs::path& path, const char* setting, Faults& faults) {
  std::error_code ignored;
  if (path.empty() || (fs::is_regular_file(path, ignored) && std::ifstream(path))) return;
  faults.push_back(
      {.field = setting,
       .message = fmt::format("{} is no file that can be read: correct the path, or the rights of the file",
                              quoted(path.native(), 256))});
}

bool listens_everywhere(const Address& address) { return address.host == "0.0.0.0" || address.host == "::"; }

bool collide(const Address& a, const Address& b) {
  return a.port != 0 && a.port == b.port &&
         (a.host == b.host || listens_everywhere(a) || listens_everywhere(b));
}

void validate_listeners(const Config& config, Faults& faults) {
  if (config.listeners.empty()) {
    faults.push_back(
        {.field = "amqp.listeners", .message = "is empty: nobody could log in; name one listener"});
  }
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    const ListenerConfig& listener = config.listeners[i];
    const std::string path = resources::element("amqp.listeners", i);
    const auto fault = [&](const char* key, std::string message) {
      faults.push_back({.field = resources::field(path, key), .message = std::move(message)});
    };
    for (std::size_t j = 0; j < i; ++j) {
      if (!collide(listener.address, config.listeners[j].address)) continue;
      fault("address", fmt::format("{} is taken by amqp.listeners[{}]", listener.address.text(), j));
      break;
    }
    if (listener.tls && listener.allow_plain_without_tls) {
      fault("allowPlainWithoutTls", "means nothing where `tls` is true: leave it out");
    }
    if (listener.client_certificates == ClientCertificates::none) continue;
    if (!listener.tls) {
      fault("clientCertificates", "needs `tls: true` on this listener");
    } else if (config.tls.client_ca.empty()) {
      faults.push_back({.field = "tls.clientCa",
                        .message = path + " asks for client certificates: name the CA that signs them"});
    }
  }
}

void validate_health(const Config& config, Faults& faults) {
  for (std::size_t i = 0; config.health && i < config.listeners.size(); ++i) {
    if (!collide(*config.health, config.listeners[i].address)) continue;
    faults.push_back({.field = "health.address",
                      .message = fmt::format("{} is taken by amqp.listeners[{}]", config.health->text(), i)});
    return;
  }
}

void validate_audit(const Config& config, Faults& faults) {
  const fs::path& file = config.audit.file;
  std::error_code ignored;
  if (file.empty()) {
    if (config.audit.refuse) {
      faults.push_back({.field = "audit.onFailure",
                        .message = "means nothing without `audit.file`: name the file, or `-`"});
    }
    return;
  }
  if (file == "-") return;
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (fs::is_directory(file, ignored)) {
    faults.push_back(
        {.field = "audit.file", .message = quoted(file.native(), 256) + " is a folder: name a file in it"});
  } else if (!fs::is_directory(folder, ignored)) {
    faults.push_back({.field = "audit.file",
                      .message = quoted(file.native(), 256) +
                                 " is in no folder that can be seen: make the folder, or correct the path"});
  }
}

void validate_https(const Config& config, Faults& faults) {
  validate_file(config.https.client_ca, "https.clientCa", faults);
  if (!config.https.address) {
    if (!config.https.client_ca.empty()) {
      faults.push_back(
          {.field = "https.address",
           .message = "is missing beside https.clientCa: say where the REST API listens, HOST:PORT"});
    }
    return;
  }
  if (config.health && collide(*config.https.address, *config.health)) {
    faults.push_back({.field = "https.address",
                      .message = fmt::format("{} is taken by health.address", config.https.address->text())});
  }
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    if (!collide(*config.https.address, config.listeners[i].address)) continue;
    faults.push_back(
        {.field = "https.address",
         .message = fmt::format("{} is taken by amqp.listeners[{}]", config.https.address->text(), i)});
  }
}

void validate_tls(const Config& config, Faults& faults) {
  const bool certificate = !config.tls.certificate.empty();
  const bool key = !config.tls.key.empty();
  if (certificate && !key) {
    faults.push_back(
        {.field = "tls.key", .message = "is missing: give --tls-key with the certificate's key"});
  }
  if (key && !certificate) {
    faults.push_back({.field = "tls.certificate",
                      .message = "is missing: give --tls-cert with the chain that fits the key"});
  }
  for (std::size_t i = 0; i < config.listeners.size() && !certificate && !key; ++i) {
    if (!config.listeners[i].tls) continue;
    faults.push_back(
        {.field = "tls.certificate",
         .message = fmt::format(
             "is missing, but amqp.listeners[{}] has TLS: give --tls-cert and --tls-key, PEM files", i)});
    break;
  }
  validate_file(config.tls.certificate, "tls.certificate", faults);
  validate_file(config.tls.key, "tls.key", faults);
  validate_file(config.tls.client_ca, "tls.clientCa", faults);
}

void validate_token_review(const Config& config, Faults& faults) {
  const Config::TokenReview& review = config.token_review;
  const ApiServerSettings& server = review.server;
  const auto fault = [&](const char* key, std::string message) {
    faults.push_back({.field = resources::field("tokenReview", key), .message = std::move(message)});
  };
  const std::pair<const char*, const fs::path&> parts[] = {{"ca", server.ca},
                                                           {"tokenFile", server.token_file},
                                                           {"clientCert", server.client_certificate},
                                                           {"clientKey", server.client_key}};
  for (const auto& [key, path] : parts) {
    validate_file(path, resources::field("tokenReview", key).c_str(), faults);
    if (path.empty() || !server.server.empty()) continue;
    fault(key, server.kubeconfig.empty() ? "needs `server` beside it: https://HOST:PORT of the API server"
                                         : "stands beside `kubeconfig`, which says it all: leave it out");
  }
  validate_file(server.kubeconfig, "tokenReview.kubeconfig", faults);
  if (!server.kubeconfig.empty() && !server.server.empty()) {
    fault("server", "stands beside `kubeconfig`, which says it all: leave one of them out");
  }
  if (server.client_certificate.empty() != server.client_key.empty()) {
    fault(server.client_key.empty() ? "clientKey" : "clientCert",
          "is missing: a client certificate and its key come together");
  }
  const bool wanted = review.enabled.value_or(review.names_server());
  if (wanted && review.timeout >= config.limits.login_timeout) {
    fault("timeout", fmt::format("must be less than limits.loginTimeout, {}, or no client hears of it",
                                 format_duration(config.limits.login_timeout)));
  }
}

}  // namespace

void validate(const Config& config, Faults& faults) {
  std::error_code ignored;
  if (config.data_dir.empty()) {
    faults.push_back({.field = "dataDir", .message = "is empty: name the directory that keeps the users"});
  } else if (fs::exists(config.data_dir, ignored) && !fs::is_directory(config.data_dir, ignored)) {
    faults.push_back({.field = "dataDir",
                      .message = quoted(config.data_dir.native(), 256) + " is a file: name a directory"});
  }
  if (!is_dns_label(config.infra_namespace)) {
    faults.push_back(
        {.field = "infraNamespace",
         .message = quoted(config.infra_namespace) +
                    " is no namespace: letters, digits and `-`, 63 at most, such as enmasse-infra"});
  }
  validate_directory(config.secrets_dir, "secretsDir", faults);
  validate_directory(config.plugins_dir, "pluginsDir", faults);
  validate_directory(config.resources.directory, "resources.directory", faults);
  validate_listeners(config, faults);
  validate_health(config, faults);
  validate_audit(config, faults);
  validate_tls(config, faults);
  validate_token_review(config, faults);
  validate_https(config, faults);
}

}  // namespace doorward
