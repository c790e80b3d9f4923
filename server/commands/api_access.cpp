#include "server/commands/api_access.hpp"

#include "store/model/names.hpp"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>

namespace doorward {

void add_kubeconfig_option(CLI::App& command, std::string& file) {
  command
      .add_option("--kubeconfig", file,
                  std::string("Which server, and who asks [$KUBECONFIG, of several files the first that is "
                              "there; else ") +
                      default_kubeconfig + ", which `serve` writes]")
      ->option_text("FILE");
}

std::string kubeconfig_of(const char* variable) {
  std::string first;
  std::istringstream names(variable == nullptr ? "" : variable);
  for (std::string name; std::getline(names, name, ':');) {
    if (name.empty()) continue;
    std::error_code ignored;
    if (std::filesystem::exists(name, ignored)) return name;
    if (first.empty()) first = name;
  }
  return first.empty() ? default_kubeconfig : first;
}

Result<AskApi> ask_by_kubeconfig(const std::string& file) {
  const std::string name = file.empty() ? kubeconfig_of(std::getenv("KUBECONFIG")) : file;
  if (std::error_code ignored; !std::filesystem::exists(name, ignored)) {
    return fail(ErrorCode::not_found,
                quoted(name, 256) +
                    " is not there: name the server's with --kubeconfig; `doorward serve --https` writes " +
                    default_kubeconfig);
  }
  auto client = ApiClient::of_kubeconfig(name);
  if (!client) return std::unexpected(client.error());
  return [shared = std::shared_ptr<ApiClient>(std::move(*client))](const ApiRequest& request) {
    return shared->ask(request);
  };
}

}  // namespace doorward
