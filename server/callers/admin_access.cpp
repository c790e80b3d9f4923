#include "server/callers/admin_access.hpp"

#include "policies/rbac.hpp"
#include "server/callers/private_file.hpp"
#include "server/callers/token_file.hpp"
#include "server/ops/log.hpp"
#include "server/resources/document/yaml.hpp"
#include "store/model/base64.hpp"

#include <sys/stat.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace doorward {
namespace {

constexpr std::size_t max_kubeconfig_bytes = 256 * 1024;
constexpr const char* admin = "admin";

// JSON strings are YAML; the token is base64url.
Secret kubeconfig_of(std::string_view token, const std::string& server, const std::string& authority,
                     const std::string& authority_file = "") {
  std::string trusted;
  if (!authority.empty()) {
    trusted = fmt::format("    certificate-authority-data: {}\n", base64_encode(authority));
  } else if (!authority_file.empty()) {
    trusted = fmt::format("    certificate-authority: {}\n", nlohmann::json(authority_file).dump());
  }
  return Secret(fmt::format(
      "# Made by doorward: lets its holder do everything through the REST API. Each start writes it anew, "
      "with\n"
      "# the same token; a file that you name as certificate-authority stays where doorward knows none.\n"
      "apiVersion: v1\n"
      "kind: Config\n"
      "clusters:\n"
      "- name: doorward\n"
      "  cluster:\n"
      "    server: {}\n"
      "{}"
      "users:\n"
      "- name: {}\n"
      "  user:\n"
      "    token: {}\n"
      "contexts:\n"
      "- name: doorward\n"
      "  context:\n"
      "    cluster: doorward\n"
      "    user: {}\n"
      "current-context: doorward\n",
      nlohmann::json(server).dump(), trusted, admin, token, admin));
}

// What a start takes over of the kubeconfig that is there.
struct Kept {
  Secret token;                // empty: the kubeconfig is somebody else's, or was changed
  std::string authority_file;  // that somebody named; empty: none
};

Kept kept_of(const Secret& kubeconfig) {
  const auto reading = resources::read_yaml(kubeconfig.reveal(), "", {.file_bytes = max_kubeconfig_bytes});
  if (!reading.faults.empty() || reading.documents.size() != 1 ||
      !reading.documents.front().value.is_object()) {
    return {};
  }
  const auto text_at = [&](const char* place) {
    const nlohmann::json found =
        reading.documents.front().value.value(nlohmann::json::json_pointer(place), nlohmann::json());
    return found.is_string() ? found.get<std::string>() : std::string();
  };
  return {Secret(text_at("/users/0/user/token")), text_at("/clusters/0/cluster/certificate-authority")};
}

}  // namespace

Result<> make_admin_token(const AdminAccess& files) {
  std::error_code ignored;
  if (std::filesystem::exists(files.token_file, ignored)) return {};
  const auto token = add_token(files.token_file, admin, {std::string(rbac::masters_group)});
  if (!token) return std::unexpected(token.error());
  auto written =
      replace_file(files.kubeconfig, kubeconfig_of(token->reveal(), "", "").reveal(), S_IRUSR | S_IWUSR);
  // Without the kubeconfig nobody has the token: the next start shall make another.
  if (!written) std::filesystem::remove(files.token_file, ignored);
  return written;
}

Result<> write_admin_kubeconfig(const AdminAccess& files, const std::string& server,
                                const std::string& authority) {
  const auto found = read_file(files.kubeconfig, max_kubeconfig_bytes);
  if (!found) return std::unexpected(found.error());
  if (!*found) return {};
  const Kept kept = kept_of(**found);
  if (kept.token.empty()) return {};
  const Secret wanted = kubeconfig_of(kept.token.reveal(), server, authority, kept.authority_file);
  if (!wanted.equals((*found)->reveal())) {
    if (auto written = replace_file(files.kubeconfig, wanted.reveal(), S_IRUSR | S_IWUSR); !written)
      return written;
  }
  log::info("https: administrators use this kubeconfig",
            {{"kubeconfig", files.kubeconfig.string()}, {"server", server}});
  if (authority.empty() && kept.authority_file.empty())
    log::info(
        "https: the kubeconfig trusts the system's authorities; where another one signed the certificate, "
        "put its root at the end of the chain, or its file into the kubeconfig as certificate-authority");
  return {};
}

}  // namespace doorward
