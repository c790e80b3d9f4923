#include "server/commands/api_access.hpp"

#include <memory>
#include <utility>

#include <CLI/CLI.hpp>

namespace doorward {

void add_kubeconfig_option(CLI::App& command, std::string& file) {
  file = default_kubeconfig;
  command
      .add_option(
          "--kubeconfig", file,
          std::string("Which server, and who asks [") + default_kubeconfig + ", which `serve` writes]")
      ->option_text("FILE");
}

Result<AskApi> ask_by_kubeconfig(const std::string& file) {
  auto client = ApiClient::of_kubeconfig(file);
  if (!client) return std::unexpected(client.error());
  return [shared = std::shared_ptr<ApiClient>(std::move(*client))](const ApiRequest& request) {
    return shared->ask(request);
  };
}

}  // namespace doorward
