// `doorward export`: everything that a running server holds as YAML, for git and for a rebuild.
#include "server/sync/export.hpp"

#include "server/commands/api_access.hpp"
#include "server/commands/commands.hpp"
#include "server/resources/document/yaml_writer.hpp"

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace doorward {
namespace {

struct ExportOptions {
  std::string kubeconfig, ns;
};

constexpr const char* explanation =
    "Users carry the verifiers of their passwords, so that their logins work where it is applied: by "
    "`doorward sync` or `doorward serve --resources`. From a verifier a weak password can be guessed: "
    "keep the file where only those may read it who may know the users. Needs the verb get on "
    "messagingusers/credentials, and list on every kind. Tokens, certificates and secrets of services "
    "are files of the server and not in it.\n\n";

int run(const ExportOptions& options) {
  const auto refuse = [](const std::string& why) {
    std::cerr << "doorward export: " << why << "\n";
    return exit_failed;
  };
  const auto ask = ask_by_kubeconfig(options.kubeconfig);
  if (!ask) {
    refuse(ask.error().message);
    return exit_usage;
  }
  const auto count = sync::export_all(*ask, options.ns, [](const nlohmann::json& object) {
    std::cout << "---\n" << resources::to_yaml(object);
  });
  if (!count) return refuse(count.error().message + ": the output is not complete");
  std::cout.flush();
  return std::cout ? exit_ok : refuse("the output could not be written");
}

}  // namespace

void add_export_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* command = app.add_subcommand("export", "Write everything that a running server holds as YAML");
  command->footer(std::string(explanation) + exit_codes_text);
  command->add_option("-n,--namespace", options->ns, "Only what is in this namespace [all]")
      ->option_text("NS");
  add_kubeconfig_option(*command, options->kubeconfig);
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace doorward
