#pragma once
// `doorward backup` and `doorward restore`, without their command line: which files of a data directory make
// a backup, and how it gets to its place and back as a whole or not at all.
//
// In a backup: the database (users, spaces, roles, history, the keys that replicas share, the decoys' among
// them), `keys/` (the audit's, which old audit files are verified with), `tls/` (the authority that clients'
// kubeconfigs trust), `tokens.yaml` and `admin.kubeconfig`, and `secrets/` where it stands in the data
// directory. Not in it: the configuration, folders of resources, certificates and secrets that stand
// elsewhere, and the audit itself. It opens all that the data directory does, so it has mode 0600.
//
// Of a command's only thread.
#include "store/backup.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

namespace doorward {

// Of the files beside the database.
inline constexpr std::size_t max_kept_file_bytes = 4 * 1024 * 1024;
inline constexpr std::size_t max_kept_files = 10'000;

struct BackedUp {
  ResourceVersion version = 0;  // the last one that is in it
  std::size_t files = 0;        // beside the database
  std::uintmax_t bytes = 0;     // of the backup
};

// Beside a running doorward or without one. `file` must not be there. What was acknowledged before the call
// is in it.
Result<BackedUp> back_up(DatabaseBackup& database, const std::filesystem::path& data_directory,
                         const std::filesystem::path& file);

// Makes a data directory of a backup: one that is not there, or empty. Where it fails, that is as empty
// as before.
Result<BackedUp> restore(DatabaseBackup& database, const std::filesystem::path& file,
                         const std::filesystem::path& data_directory);

// Whether a backup may hold a file of this name; one that may leads nowhere but into the data directory.
bool is_kept_name(std::string_view name);

}  // namespace doorward
