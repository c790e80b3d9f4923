// `doorward explain`: whether a user may do something at an address, which rule decided, and what each kind
// of delegate makes of it; asked of a running server.
#include "server/commands/api_access.hpp"
#include "server/commands/commands.hpp"
#include "server/resources/document/json_access.hpp"
#include "store/model/names.hpp"

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace doorward {
namespace {

using nlohmann::json;
using resources::find_at;
using resources::text_at;

struct ExplainOptions {
  std::string kubeconfig;
  std::string space;  // NS/NAME
  std::string user;
  std::string operation;
  std::string address;
  std::string output = "text";
};

constexpr const char* explanation =
    "Asks a running server about the rules that routers and brokers get, which read some of them "
    "differently.\n\n"
    "Exit codes: 0 every delegate lets the user; 1 not all of them; 2 the server could not be asked: "
    "standard error says why.";

bool is_allowed(const json& answer) {
  const json* allowed = find_at(answer, {"allowed"});
  return allowed != nullptr && *allowed == true;
}

void show_text(const json& status) {
  std::cout << (is_allowed(status) ? "yes: " : "no: ") << text_at(status, {"reason"}) << "\n";
  if (const json* delegates = find_at(status, {"delegates"}); delegates != nullptr && delegates->is_array()) {
    for (const auto& one : *delegates) {
      std::cout << "  " << text_at(one, {"delegate"}) << ": " << (is_allowed(one) ? "yes: " : "no: ")
                << text_at(one, {"reason"}) << "\n";
    }
  }
  if (const json* warnings = find_at(status, {"warnings"}); warnings != nullptr && warnings->is_array()) {
    for (const auto& warning : *warnings) {
      if (warning.is_string()) std::cout << "warning: " << warning.get_ref<const std::string&>() << "\n";
    }
  }
}

int run(const ExplainOptions& options) {
  const auto refuse = [](const std::string& why) {
    std::cerr << "doorward explain: " << why << "\n";
    return exit_usage;
  };
  const std::size_t slash = options.space.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == options.space.size())
    return refuse("--space " + quoted(options.space) + ": use NAMESPACE/NAME");
  const std::string ns = options.space.substr(0, slash);
  json spec{{"addressSpace", options.space.substr(slash + 1)},
            {"username", options.user},
            {"operation", options.operation}};
  if (!options.address.empty()) spec["address"] = options.address;
  const json review{
      {"apiVersion", "user.enmasse.io/v1beta1"}, {"kind", "AddressAccessReview"}, {"spec", std::move(spec)}};

  const auto ask = ask_by_kubeconfig(options.kubeconfig);
  if (!ask) return refuse(ask.error().message);
  const auto answer = (*ask)(
      {.method = "POST",
       .path = "/apis/user.enmasse.io/v1beta1/namespaces/" + percent_encode(ns) + "/addressaccessreviews",
       .body = review});
  if (!answer) return refuse(answer.error().message);
  if (!answer->ok()) return refuse(answer->message());
  const json* status = find_at(answer->body, {"status"});
  if (status == nullptr || !status->is_object()) return refuse("the server's answer has no status");
  if (options.output == "json") {
    std::cout << status->dump(2) << "\n";
  } else {
    show_text(*status);
  }
  std::cout.flush();
  if (!std::cout) return exit_usage;
  return is_allowed(*status) ? exit_ok : exit_failed;
}

}  // namespace

void add_explain_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = app.add_subcommand("explain", "Say whether a user may do something, and why");
  command->footer(explanation);
  command->add_option("--space,--address-space", options->space, "The address space")
      ->required()
      ->option_text("NS/NAME");
  command->add_option("--user", options->user, "The name that the user logs in with")
      ->required()
      ->option_text("NAME");
  command->add_option("--operation", options->operation, "send, recv, view or manage")
      ->required()
      ->check(CLI::IsMember({"send", "recv", "view", "manage"}))
      ->option_text("OPERATION");
  command->add_option("--address", options->address, "For send and recv; a `*` in it is that character")
      ->option_text("ADDRESS");
  command->add_option("-o,--output", options->output, "text or json [text]")
      ->check(CLI::IsMember({"text", "json"}))
      ->option_text("FORMAT");
  add_kubeconfig_option(*command, options->kubeconfig);
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace doorward
