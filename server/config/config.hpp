#pragma once
// The settings of `doorward serve`: one struct, filled once at start from the defaults below, the file of
// --config and the flags (the later wins), and not changed after that. Every fault is reported at once, with
// the file and line or the flag that it stands in. deploy/doorward.example.yaml shows every key with its
// default.
#include "server/client/api_server.hpp"
#include "server/config/address.hpp"
#include "server/ops/log.hpp"
#include "server/resources/document/document.hpp"
#include "store/model/realms.hpp"
#include "store/model/scram_credential.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace doorward {

// Whether a TLS listener asks delegates for a certificate of `tls.clientCa`.
enum class ClientCertificates : std::uint8_t { none, optional, required };

struct ListenerConfig {
  Address address;
  bool tls = false;
  // What the listener offers is narrowed to this service or realm; at most one of them.
  std::optional<ObjectRef> authentication_service;
  std::string realm;
  // Whether PLAIN is offered and taken where the connection is not protected. Nothing: on loopback only.
  std::optional<bool> allow_plain_without_tls;
  ClientCertificates client_certificates = ClientCertificates::none;

  bool operator==(const ListenerConfig&) const = default;
  bool plain_allowed() const { return tls || allow_plain_without_tls.value_or(address.is_loopback()); }
};

struct Config {
  std::filesystem::path data_dir = "doorward-data";
  std::filesystem::path secrets_dir;  // empty: `secrets` in the data directory
  std::filesystem::path plugins_dir;  // empty: `plugins` beside the program, else where it installs them
  unsigned threads = 0;               // event loops; 0: one for each core
  std::string infra_namespace = "enmasse-infra";

  struct Resources {
    std::filesystem::path directory;  // empty: none
    bool prune = true;
    bool operator==(const Resources&) const = default;
  } resources;

  std::vector<ListenerConfig> listeners;

  std::optional<Address> health;  // of /livez, /readyz and /metrics; nothing: no health port

  struct Audit {
    std::filesystem::path file;  // `-`: standard output; empty: no audit
    bool refuse = false;         // logins, while it cannot be written
    bool operator==(const Audit&) const = default;
  } audit;

  struct Tls {
    std::filesystem::path certificate, key, client_ca;
    bool operator==(const Tls&) const = default;
  } tls;

  // The REST API. With a certificate of `tls` it uses that one; without it makes its own.
  struct Https {
    std::optional<Address> address;   // nothing: not served
    std::filesystem::path client_ca;  // PEM; whose certificate names are believed; empty: nobody's
    bool operator==(const Https&) const = default;
  } https;

  struct Limits {
    std::chrono::milliseconds login_timeout{10'000};  // of the whole login
    std::chrono::milliseconds close_timeout{5'000};   // of the wait after the outcome
    std::chrono::milliseconds drain_timeout{20'000};  // of running logins at SIGTERM
    std::uint32_t connections = 16'384;
    std::uint32_t frame_bytes = 16'384;  // of a SASL frame and of the peer's `open`
    std::uint32_t open_bytes = 16'384;   // of the reply that carries a user's rules
    std::uint32_t cached_users = 50'000;
    std::uint32_t remembered_passwords = 10'000;  // that were right, as MACs; 0: none
    std::chrono::milliseconds remembered_for{600'000};
    std::uint32_t kept_changes = 100'000;  // of the history that watches and pages of lists read
    // That the REST API makes: of each kind, and of users and of addresses.
    std::uint32_t objects_per_namespace = 1'000;
    std::uint32_t members_per_namespace = 1'000'000;
    bool operator==(const Limits&) const = default;
  } limits;

  struct Credentials {
    std::uint32_t iterations = ScramCredential::default_iterations;
    bool scram_sha1 = true;
    bool operator==(const Credentials&) const = default;
  } credentials;

  // Of service account tokens, by a Kubernetes API server.
  struct TokenReview {
    std::optional<bool> enabled;  // nothing: wherever an API server is named, or found as a pod finds it
    ApiServerSettings server;     // empty: as a pod finds it
    std::vector<std::string> audiences;
    std::chrono::milliseconds timeout{5'000};
    std::uint32_t in_flight = 16;
    std::uint32_t remembered_tokens = 10'000;
    std::chrono::milliseconds remember_for{60'000};
    std::chrono::milliseconds remember_failures_for{10'000};
    bool allow_masters = false;  // whether `system:masters` of the API server is that group here
    bool operator==(const TokenReview&) const = default;
    bool names_server() const { return !server.server.empty() || !server.kubeconfig.empty(); }
  } token_review;

  struct Log {
    log::Level level = log::Level::info;
    log::Format format = log::Format::text;
    bool operator==(const Log&) const = default;
  } log;

  bool operator==(const Config&) const = default;
  std::filesystem::path plugins() const;
  std::filesystem::path secrets() const { return secrets_dir.empty() ? data_dir / "secrets" : secrets_dir; }
};

// What the command line says, as it was typed.
struct ConfigFlags {
  std::string config;  // path of the file; empty: none
  std::optional<std::string> data_dir, secrets_dir, resources, amqp, amqps, https, tls_cert, tls_key, health,
      audit, threads, log_level;
  bool no_prune = false;
};

// Each fault names the file and line, or the flag, in its `file` and `line`.
std::expected<Config, std::vector<resources::Fault>> load_config(const ConfigFlags& flags);

}  // namespace doorward
