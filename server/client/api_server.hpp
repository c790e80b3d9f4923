#pragma once
// Where the Kubernetes API server is and how it is spoken to: settings that stay, and what they lead to,
// which is read anew for each review, since Kubernetes swaps the files below them.
#include "store/model/result.hpp"
#include "store/model/secret.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace doorward {

struct ApiServerSettings {
  std::string server;  // https://HOST:PORT
  // PEM files. A CA replaces the trust store of the system; without one, that is what counts.
  std::filesystem::path ca, client_certificate, client_key;
  std::filesystem::path token_file;  // of our own token
  std::filesystem::path kubeconfig;  // in the place of all the above
  bool operator==(const ApiServerSettings&) const = default;
};

// Where Kubernetes mounts what a pod needs.
inline const std::filesystem::path pod_mount = "/var/run/secrets/kubernetes.io/serviceaccount";

// As a pod finds it: KUBERNETES_SERVICE_HOST and _PORT of `environment` (std::getenv, say), and the files
// below `mount`. Nothing outside of a pod.
std::optional<ApiServerSettings> settings_in_pod(const std::function<const char*(const char*)>& environment,
                                                 const std::filesystem::path& mount);

// What is wrong with the URL of a server, and what to do; empty: nothing.
std::string fault_of_server(std::string_view url);

struct ApiServer {
  std::string url;          // without a `/` at its end
  std::string tls_name;     // shown as SNI and verified in place of the URL's host; empty: that host
  std::string ca;           // PEM; empty: the system's
  std::string certificate;  // PEM; empty: none is shown
  Secret key;               // PEM
  Secret token;             // empty: none is sent
};

// Reads what the settings lead to. Used by one thread at a time.
class ApiServerSource {
 public:
  explicit ApiServerSource(ApiServerSettings settings) : settings_(std::move(settings)) {}

  // The message says what to do. What was read before stays good until something better is there.
  Result<std::shared_ptr<const ApiServer>> read();

 private:
  Result<ApiServer> read_files() const;

  const ApiServerSettings settings_;
  std::shared_ptr<const ApiServer> last_;
};

// A small file as a whole, at most 1 MiB; the message says what to do.
Result<std::string> read_small_file(const std::filesystem::path& path);

}  // namespace doorward
