// `doorward sync`: applies a directory of manifests, a file, or standard input to a running server, shows
// what would change, and prunes what it once applied.
#include "server/sync/sync.hpp"

#include "server/commands/api_access.hpp"
#include "server/commands/commands.hpp"
#include "server/resources/document/directory.hpp"
#include "server/resources/prepare.hpp"
#include "store/model/names.hpp"

#include <array>
#include <expected>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace doorward {
namespace {

// The bodies of so many, each as large as a body may be, are what the server takes of one caller at a time.
constexpr std::size_t objects_at_once = 5;

constexpr int exit_same = 0, exit_changed = 1, exit_not_done = 2;

constexpr const char* explanation =
    "Each object is applied by server-side apply: what DIR no longer says of it goes, what others say of "
    "it stays. The label doorward.io/synced-by has the name of the set, by which --prune finds what DIR "
    "no longer holds; to take over what was synced without a name, give one and `--force-conflicts` once. "
    "What a folder of `serve --resources` holds is left. Passwords and verifiers are never shown, only "
    "that they differ. Folders in DIR are not read. A user beyond the messaging-users of its plan is "
    "applied, with a warning, and Pending until there is room.\n\n"
    "Exit codes: 0 everything was so already; 1 something was changed (with --dry-run: would be), which "
    "is what was asked for: `doorward sync DIR || [ $? -eq 1 ]` in a script that ends at errors; 2 "
    "something failed: standard error says what, and how to correct it.";

struct SyncCommand {
  std::string directory, kubeconfig;
  const CLI::Option* set = nullptr;
  sync::SyncOptions options{.at_once = objects_at_once};
};

void complain(const std::string& what) { std::cerr << "doorward sync: " << what << "\n"; }

resources::Reading read_standard_input() {
  constexpr std::size_t at_most =
      resources::YamlBounds().file_bytes + 1;  // what is beyond is told as a fault
  std::string text;
  std::array<char, 65'536> some;
  while (std::cin && text.size() < at_most) {
    std::cin.read(some.data(), some.size());
    text.append(some.data(), static_cast<std::size_t>(std::cin.gcount()));
  }
  auto reading = resources::read_yaml(text, "standard input");
  wipe(text);
  return reading;
}

// All of them are valid, or why not has been told.
std::optional<std::vector<resources::Manifest>> read_manifests(const SyncCommand& command) {
  resources::DirectoryReading read;
  std::error_code unseen;
  if (command.directory != "-" && !std::filesystem::exists(command.directory, unseen)) {
    complain(quoted(command.directory, 256) +
             " is not there: name a folder of manifests, one manifest, or `-` for standard input");
    return std::nullopt;
  }
  if (command.directory == "-") {
    read.reading = read_standard_input();
  } else {
    read = resources::read_path(command.directory);
    if (read.folders > 0) complain(resources::unread_folders(command.directory, read.folders));
  }
  std::vector<resources::Fault> faults = std::move(read.reading.faults);
  auto found = resources::identify(std::move(read.reading.documents), {});
  std::ranges::move(found.faults, std::back_inserter(faults));
  for (const resources::Fault& fault : faults) complain(fault.text());
  for (const std::string& remark : found.remarks) complain(remark);
  if (!faults.empty()) return std::nullopt;
  for (const resources::Manifest& manifest : found.manifests) {
    if (!manifest.kind->computed) continue;
    complain(resources::object_text(*manifest.kind, manifest.key) +
             ": the server makes these itself: remove it");
    return std::nullopt;
  }
  // As a volume that is not mounted looks, or a typo.
  const bool nothing = command.directory == "-" ? found.manifests.empty() : read.empty;
  if (nothing && command.options.prune) {
    complain(quoted(command.directory, 256) +
             " holds no manifest: --prune would delete everything that was applied from it. If that is "
             "meant, put an "
             "empty file NAME.yaml there");
    return std::nullopt;
  }
  return std::move(found.manifests);
}

void show(const sync::SyncEvent& event) {
  for (const std::string& warning : event.warnings) complain(event.object + ": warning: " + warning);
  switch (event.outcome) {
    case sync::Outcome::unchanged:
      return;
    case sync::Outcome::failed:
      return complain(event.object + ": " + event.message);
    case sync::Outcome::created:
      std::cout << "created ";
      break;
    case sync::Outcome::changed:
      std::cout << "changed ";
      break;
    case sync::Outcome::pruned:
      std::cout << "pruned ";
      break;
  }
  std::cout << event.object << "\n";
  for (const std::string& line : event.lines) std::cout << "  " << line << "\n";
}

int run(const SyncCommand& command) {
  if (!sync::is_set_name(command.options.set)) {
    complain("--set: use at most 63 of A-Z, a-z, 0-9, '-', '_' and '.', with a letter or digit at each end");
    return exit_not_done;
  }
  if (command.options.prune && command.set->count() == 0) {
    complain(
        "--prune deletes what the set once applied and DIR does not hold: name the set by --set, one name "
        "for "
        "each source of manifests. \"default\" is everybody's who named none");
    return exit_not_done;
  }
  auto manifests = read_manifests(command);
  if (!manifests) return exit_not_done;
  const auto ask = ask_by_kubeconfig(command.kubeconfig);
  if (!ask) {
    complain(ask.error().message);
    return exit_not_done;
  }
  const auto report = sync::sync(*ask, std::move(*manifests), command.options, show);
  if (!report) {
    complain(report.error().message);
    return exit_not_done;
  }
  for (const std::string& remark : report->remarks) complain(remark);
  std::cout << report->created << " created, " << report->changed << " changed, " << report->pruned
            << " pruned, " << report->unchanged << " unchanged";
  if (report->failed > 0) std::cout << ", " << report->failed << " failed";
  std::cout << (command.options.dry_run ? " (dry run)" : "") << "\n";
  std::cout.flush();
  if (report->failed > 0 || !std::cout) return exit_not_done;
  return report->any_change() ? exit_changed : exit_same;
}

}  // namespace

void add_sync_command(CLI::App& app, int& exit_code) {
  auto command = std::make_shared<SyncCommand>();
  CLI::App* sync =
      app.add_subcommand("sync", "Apply a directory of manifests, or a file, to a running server");
  sync->footer(explanation);
  sync->add_option("MANIFESTS", command->directory,
                   "A folder of manifests, or one file; `-` reads them from standard input")
      ->required()
      ->option_text("DIR|FILE|-");
  sync->add_flag("--dry-run", command->options.dry_run,
                 "Change nothing; show what would change, field by field");
  sync->add_flag("--prune", command->options.prune,
                 "Delete what the set once applied and no longer holds; needs --set");
  sync->add_flag("--force-conflicts", command->options.force, "Take over fields that somebody else applied");
  command->set = sync->add_option("--set", command->options.set,
                                  "The name of the set, one for each source of manifests [default]")
                     ->option_text("NAME");
  add_kubeconfig_option(*sync, command->kubeconfig);
  sync->callback([command, &exit_code] { exit_code = run(*command); });
}

}  // namespace doorward
