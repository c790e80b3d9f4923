// `doorward backup FILE`, beside a running server or without one, and `doorward restore FILE`: the data
// directory as one file, and back.
#include "server/service/backup.hpp"

#include "server/commands/commands.hpp"
#include "store/sqlite/sqlite_backup.hpp"

#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace doorward {
namespace {

constexpr const char* backup_explanation =
    "Runs beside `doorward serve`, as its user; whatever was acknowledged before is in it. It holds the "
    "database, the keys of the audit, the authority and tokens of the REST API, and secrets/ where that "
    "is in the data directory: whoever reads it can pass for any user. Not in it: the configuration, "
    "folders of resources, the audit.\n\n";

constexpr const char* restore_explanation =
    "Into a directory that is not there or empty; `doorward serve --data-dir DIR` goes on from there. "
    "Versions of resources go on a million above the backup's, so that whoever watches begins anew.\n\n";

struct BackupOptions {
  std::string file;
  std::string data_dir = "doorward-data";
};

int answer(const char* command, const Result<BackedUp>& done, const std::string& what) {
  if (!done) {
    std::cerr << "doorward " << command << ": " << done.error().message << "\n";
    const ErrorCode code = done.error().code;
    return code == ErrorCode::unavailable || code == ErrorCode::internal ? exit_failed : exit_usage;
  }
  std::cout << what << ": " << done->bytes << " bytes, at version " << done->version << ", with "
            << done->files << " files beside the database\n";
  std::cout.flush();
  return std::cout ? exit_ok : exit_failed;
}

int run_backup(const BackupOptions& options) {
  return answer("backup",
                back_up(*sqlite_backup(), std::filesystem::absolute(options.data_dir), options.file),
                "backed up to " + options.file);
}

int run_restore(const BackupOptions& options) {
  return answer("restore",
                restore(*sqlite_backup(), options.file, std::filesystem::absolute(options.data_dir)),
                "restored to " + options.data_dir);
}

CLI::App* add_command(CLI::App& app, const char* name, const char* description, const char* explanation,
                      BackupOptions& options) {
  CLI::App* command = app.add_subcommand(name, description);
  command->footer(std::string(explanation) + exit_codes_text);
  command->add_option("--data-dir", options.data_dir, "Where the server keeps its data [doorward-data]")
      ->option_text("DIR");
  return command;
}

}  // namespace

void add_backup_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<BackupOptions>();
  CLI::App* command =
      add_command(app, "backup", "Write the data directory to one file", backup_explanation, *options);
  command->add_option("FILE", options->file, "The backup, which must not be there yet")->required();
  command->callback([options, &exit_code] { exit_code = run_backup(*options); });
}

void add_restore_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<BackupOptions>();
  CLI::App* command =
      add_command(app, "restore", "Make a data directory of a backup", restore_explanation, *options);
  command->add_option("FILE", options->file, "What `doorward backup` wrote")->required();
  command->callback([options, &exit_code] { exit_code = run_restore(*options); });
}

}  // namespace doorward
