#pragma once
// The store on SQLite: one file in WAL mode, one connection that writes under a mutex, and readers that never
// wait for it. A commit has reached the disk when it returns. The only header of this room that others need.
#include "store/disk_pace.hpp"
#include "store/store.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace doorward {

struct SqliteOptions {
  // How long a write, or a patient read, waits for another process that holds the file.
  std::chrono::milliseconds busy_timeout{5'000};
  // SQLite's name of the file system to use, registered by the caller; empty for the usual one.
  std::string vfs;
  // Told how long look-ups take, and asked by those without patience; outlives the store. Null: they are
  // made, however long they took of late.
  DiskPace* pace = nullptr;
};

// Makes `file` (mode 0600) where there is none, and brings an older schema to this program's. Refuses a
// damaged file, one that is not doorward's, and one that a newer doorward wrote. The file must not be opened
// by another process: see DataDirectory.
Result<std::unique_ptr<Store>> open_sqlite_store(const std::filesystem::path& file,
                                                 const SqliteOptions& options = {});

}  // namespace doorward
