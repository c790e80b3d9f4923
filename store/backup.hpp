#pragma once
// What a back end does for `doorward backup` and `doorward restore`: its database as one file that can be
// carried away, with the few files that belong to it, and back. Nothing above this interface knows which
// database is behind it. Who names the files, and where the one file lies, is server/service/backup.hpp.
//
// Called by a command's only thread; both functions block on the disk.
#include "store/model/result.hpp"
#include "store/model/secret.hpp"
#include "store/store.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace doorward {

// A file that stands beside the database in the data directory. `name`: its path in it, `keys/audit.key`.
struct KeptFile {
  std::string name;
  Secret content;
};

struct Restored {
  ResourceVersion taken_at = 0;  // the last version of the backup
  std::vector<KeptFile> files;   // by name
};

class DatabaseBackup {
 public:
  virtual ~DatabaseBackup() = default;

  // Writes the database as it is at one moment, beside whoever uses it, and `files` into `to`: an empty file
  // that is there and is the caller's alone. What was deleted before is not in it. Answers the last version
  // that is in it. `not_found`: there is no database. `invalid`: it is not doorward's, or a newer one's.
  virtual Result<ResourceVersion> take(const std::filesystem::path& database, std::span<const KeptFile> files,
                                       const std::filesystem::path& to) = 0;

  // Checks that `from` is whole and what take() wrote, and makes `database` of it, which must not be there
  // yet. Versions go on far behind those of the backup, and history begins there: those that were given to
  // writes after the backup, and are lost, do not come again, and whoever watched begins anew. `invalid`: it
  // is no backup, or a newer doorward's; `internal`: it is damaged.
  virtual Result<Restored> put_back(const std::filesystem::path& from,
                                    const std::filesystem::path& database) = 0;
};

}  // namespace doorward
