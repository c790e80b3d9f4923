// `doorward plugin check`: whether a plugin keeps to the rules, and what to mend where it does not.
#include "plugins/host/conformance.hpp"
#include "server/commands/commands.hpp"
#include "server/process/signals.hpp"
#include "store/model/names.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace doorward {
namespace {

constexpr const char* explanation =
    "Loads the plugin, opens it with the configuration, and asks it as a service under attack would: "
    "with wrong passwords, with messages that no client sends, from many clients at once, and with "
    "clients that vanish. Each rule of plugins/doorward_plugin.h is a line that begins with `ok` or "
    "`FAULT`. A plugin runs in a process of its own, with all your rights: check only what you would "
    "run.\n\n";

// A plugin that lacks a setting or a secret refuses to be opened, which looks like one that breaks a rule.
constexpr const char* verdict_of_faults =
    "the plugin breaks the rules, or lacks its configuration: see the lines with FAULT; --config and "
    "--secrets give it what it needs\n";

struct PluginOptions {
  std::string file, config, secrets;
  unsigned time_limit_ms = 5'000;
};

// What is being done with the plugin: text with a NUL, empty when all is done. In memory that two processes
// share.
struct Progress {
  std::array<char, 128> during{};
  void begin(std::string_view what) { during[what.copy(during.data(), during.size() - 1)] = 0; }
};

int refuse(const std::string& message) {
  std::cerr << "doorward plugin check: " << message << "\n";
  return exit_usage;
}

// The plugin is loaded here, in a process that it may end.
int run_checks(const PluginOptions& options, std::string config, Progress& progress) {
  progress.begin("it was loaded");
  auto library = plugins::Library::load_file(options.file);
  if (!library) {
    progress.begin({});
    std::cout << "FAULT  " << library.error().message << "\n";
    return exit_failed;
  }
  std::cout << "ok     it loads: plugin " << (*library)->name() << ", version " << (*library)->version()
            << std::endl;
  std::size_t faults = 0;
  // Told at once: a plugin that crashes the check leaves what was found before.
  const auto tell = [&faults](const plugins::Finding& finding) {
    faults += finding.good ? 0 : 1;
    std::cout << (finding.good ? "ok     " : "FAULT  ") << finding.what << std::endl;
  };
  plugins::check_conformance(*library,
                             {.service = "check/check",
                              .config = std::move(config),
                              .secrets = options.secrets,
                              .time_limit = std::chrono::milliseconds(options.time_limit_ms),
                              .log =
                                  [](std::uint32_t level, std::string_view text) {
                                    if (level == DOORWARD_LOG_DEBUG) return;
                                    std::cerr << "plugin says: " << quoted(text, 512) << "\n";
                                  }},
                             tell, [&progress](std::string_view what) { progress.begin(what); });
  progress.begin({});
  std::cout << (faults == 0 ? "the plugin keeps to the rules\n" : verdict_of_faults);
  std::cout.flush();
  return faults == 0 ? exit_ok : exit_failed;
}

int check(const PluginOptions& options) {
  std::string config = "{}";
  if (!options.config.empty()) {
    std::ifstream file(options.config, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    config = text.str();
    if (!file || !nlohmann::json::parse(config, nullptr, false).is_object())
      return refuse("--config: the file cannot be read, or is no JSON object");
  }
  ignore_broken_pipes();
  // Shared with the child, which may not live to tell.
  void* shared = mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return refuse("there is no memory for it: free some");
  auto* progress = new (shared) Progress;
  std::cout.flush();
  const pid_t child = fork();
  if (child < 0)
    return refuse(std::string("no process can be made for the plugin: ") + strerrorname_np(errno));
  if (child == 0) {
    const int code = run_checks(options, std::move(config), *progress);
    std::cout.flush();
    // The plugin's threads may run: nothing is taken apart under them.
    _exit(code);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  const std::string during(progress->during.data());
  munmap(shared, sizeof(Progress));
  if (WIFEXITED(status) && during.empty()) return WEXITSTATUS(status);
  std::cout << "FAULT  it does not end the process: while " << during << " it ended "
            << (WIFSIGNALED(status) ? "by the signal SIG" + std::string(sigabbrev_np(WTERMSIG(status)))
                                    : "with the code " + std::to_string(WEXITSTATUS(status)))
            << "\n"
            << verdict_of_faults;
  std::cout.flush();
  return exit_failed;
}

}  // namespace

void add_plugin_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<PluginOptions>();
  CLI::App* plugin = app.add_subcommand("plugin", "Bridges to other identity systems");
  plugin->require_subcommand(1);
  CLI::App* command = plugin->add_subcommand("check", "Say whether a plugin keeps to the rules");
  command->footer(std::string(explanation) + exit_codes_text);
  command->add_option("FILE", options->file, "The shared object")->required();
  command->add_option("--config", options->config, "A JSON file: what spec.external.plugin.config would be")
      ->option_text("FILE");
  command->add_option("--secrets", options->secrets, "A directory SECRET/KEY, as the plugin gets it")
      ->option_text("DIR");
  command->add_option("--time-limit", options->time_limit_ms, "How long to wait for an answer, in ms [5000]")
      ->check(CLI::Range(10, 60'000))
      ->option_text("MS");
  command->callback([options, &exit_code] { exit_code = check(*options); });
}

}  // namespace doorward
