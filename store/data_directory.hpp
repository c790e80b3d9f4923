#pragma once
// The folder that holds what doorward keeps, and the right to use it: one process at a time, by a lock on a
// file in it that the system gives back when the process ends, however it ends.
#include "store/model/result.hpp"

#include <filesystem>

namespace doorward {

class DataDirectory {
 public:
  // Makes the folder (mode 0700) and what is missing in it. One that is there has to be this user's, and its
  // own alone: an empty one is made so, and one that others can look into is refused (`invalid`), since
  // whoever has read the keys in it can pass for any user. `unavailable` where another process has it. One
  // that a restore was killed in is refused, too.
  static Result<DataDirectory> open(const std::filesystem::path& path);

  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory& operator=(DataDirectory&& other) noexcept;
  ~DataDirectory();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path database() const { return path_ / "doorward.db"; }
  // What a restore has not finished: while it is there, nobody serves from the folder.
  std::filesystem::path unfinished_database() const { return path_ / "doorward.db.restoring"; }
  std::filesystem::path keys() const { return path_ / "keys"; }
  std::filesystem::path tls() const { return path_ / "tls"; }
  std::filesystem::path admin_kubeconfig() const { return path_ / "admin.kubeconfig"; }
  std::filesystem::path tokens() const { return path_ / tokens_file; }

  // Also written to by `doorward token`, which does not take the lock.
  static constexpr const char* tokens_file = "tokens.yaml";

 private:
  DataDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::filesystem::path path_;
  int lock_ = -1;  // descriptor of the locked file
};

}  // namespace doorward
