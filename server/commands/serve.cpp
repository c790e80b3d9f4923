// `doorward serve`: the service itself. Flags and file become a Config; from there on it is the Service's.
#include "server/commands/commands.hpp"
#include "server/config/config.hpp"
#include "server/ops/log.hpp"
#include "server/process/core_dumps.hpp"
#include "server/process/heap.hpp"
#include "server/process/signals.hpp"
#include "server/service/service.hpp"
#include "server/service/service_settings.hpp"

#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

namespace doorward {
namespace {

constexpr const char* explanation =
    "Without flags: AMQP on 127.0.0.1:5672, data in ./doorward-data. SIGTERM and SIGINT finish the "
    "running logins and end, a second one cuts them short; SIGHUP rereads certificates, resources and the "
    "log level. Flags win over the file, of which doorward.example.yaml is a sample with every setting: in "
    "deploy/ of the sources, and in share/doc/doorward where doorward is installed. Nobody gets a core dump "
    "of it, unless the environment has DOORWARD_CORE_DUMPS=allow.\n\n";

int serve(const ConfigFlags& flags) {
  hold_sighup();
  if (!core_dumps_allowed()) forbid_core_dumps();
  const auto config = load_config(flags);
  if (!config) {
    for (const resources::Fault& fault : config.error())
      std::cerr << "doorward serve: " << fault.text() << "\n";
    std::cerr << "doorward serve: nothing was started; change what is named above\n";
    return exit_usage;
  }
  // One for each loop, and two for all other threads, of which none hands memory to a loop in a login.
  bound_heaps(loops_of(*config) + 2);
  ignore_broken_pipes();
  std::optional<log::Writer> writer;
  {
    const SignalsHeld not_for_the_writer;
    writer.emplace(log::Writer::Options{.level = config->log.level,
                                        .format = config->log.format,
                                        .journal = log::leads_to_journal(std::getenv("JOURNAL_STREAM"))});
  }
  auto service = Service::start(*config, [&flags] { return load_config(flags); });
  if (!service) {
    log::error("not started", {{"reason", service.error().message}});
    return service.error().code == ErrorCode::invalid ? exit_usage : exit_failed;
  }
  (*service)->run();
  return exit_ok;
}

}  // namespace

void add_serve_command(CLI::App& app, int& exit_code) {
  auto flags = std::make_shared<ConfigFlags>();
  CLI::App* command = app.add_subcommand("serve", "Run the service");
  command->footer(std::string(explanation) + exit_codes_text);
  command->add_option("--config", flags->config, "Settings in YAML")->option_text("FILE");
  const auto option = [&](const char* name, std::optional<std::string>& value, const char* kind,
                          const char* description) {
    command->add_option(name, value, description)->option_text(kind);
  };
  option("--resources", flags->resources, "DIR",
         "Apply the YAML in this folder, at start and when it changes");
  command->add_flag("--no-prune", flags->no_prune, "Keep what disappears from the folder");
  option("--data-dir", flags->data_dir, "DIR", "Where users and keys are kept [doorward-data]");
  option("--secrets", flags->secrets_dir, "DIR",
         "Where the secrets are that resources name [DATA-DIR/secrets]");
  option("--amqp", flags->amqp, "HOST:PORT", "Listen for AMQP; port 0 takes any [127.0.0.1:5672]");
  option("--amqps", flags->amqps, "HOST:PORT", "Listen for AMQP over TLS [127.0.0.1:5671 with --tls-cert]");
  option("--https", flags->https, "HOST:PORT", "Serve the REST API; port 0 takes any [not served]");
  option("--tls-cert", flags->tls_cert, "FILE", "The server's certificate chain, PEM");
  option("--tls-key", flags->tls_key, "FILE", "Its key, PEM");
  option("--health", flags->health, "HOST:PORT", "Answer /livez, /readyz and /metrics there [nowhere]");
  option("--audit", flags->audit, "FILE|-",
         "Tell each login and change there; `-` is standard output [nowhere]");
  option("--threads", flags->threads, "N", "Event loops [one for each core]");
  option("--log-level", flags->log_level, "LEVEL", "trace, debug, info, warning, error or off [info]");
  command->callback([flags, &exit_code] { exit_code = serve(*flags); });
}

}  // namespace doorward
