#pragma once
// Backups of the store on SQLite. A backup is a database itself, with the files in a table of their own,
// under another application id, so that nobody serves from it by accident.
#include "store/backup.hpp"

#include <memory>

namespace doorward {

std::unique_ptr<DatabaseBackup> sqlite_backup();

}  // namespace doorward
