// `doorward`: one binary, a subcommand for each job. Here is only the command line as a whole.
#include "server/commands/commands.hpp"
#include "server/commands/complaint.hpp"
#include "server/commands/help.hpp"

#include <iostream>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace {

constexpr const char* description =
    "doorward: a SASL authentication service for AMQP routers and brokers\n\n"
    "Begin with `doorward serve --resources DIR`; `doorward COMMAND --help` tells the rest.";

// Standard error's last word where the command line can not be understood.
int usage_error(const CLI::App& app, std::string_view message) {
  const std::string command = doorward::called(app);
  std::cerr << command << ": " << message << "\nRun `" << command << " --help`"
            << (app.get_subcommands().empty() ? ", or `doorward COMMAND --help`" : "") << ".\n";
  return doorward::exit_usage;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{description, "doorward"};
  app.formatter(doorward::help_formatter());
  app.set_version_flag("--version", "doorward " DOORWARD_VERSION);
  app.footer(std::string("\n") + doorward::exit_codes_text);
  int exit_code = doorward::exit_ok;
  doorward::add_audit_command(app, exit_code);
  doorward::add_backup_command(app, exit_code);
  doorward::add_explain_command(app, exit_code);
  doorward::add_export_command(app, exit_code);
  doorward::add_guesses_command(app, exit_code);
  doorward::add_login_command(app, exit_code);
  doorward::add_plugin_command(app, exit_code);
  doorward::add_render_command(app, exit_code);
  doorward::add_restore_command(app, exit_code);
  doorward::add_serve_command(app, exit_code);
  doorward::add_sync_command(app, exit_code);
  doorward::add_token_command(app, exit_code);
  doorward::add_verifier_command(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return usage_error(app, doorward::complaint(app, error));
  } catch (const std::exception& error) {
    std::cerr << doorward::called(app) << ": " << error.what() << "\n";
    return doorward::exit_failed;
  }
  return app.get_subcommands().empty() ? usage_error(app, "say which command") : exit_code;
}
