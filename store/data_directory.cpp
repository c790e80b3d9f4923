#include "store/data_directory.hpp"

#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace doorward {
namespace {

std::unexpected<Error> refused(const std::filesystem::path& path, int error) {
  return fail(ErrorCode::unavailable, "data directory: cannot use " + path.string() + ": " +
                                          std::generic_category().message(error) +
                                          "; check its owner and rights, or choose another with --data-dir");
}

Result<> check_private(const std::filesystem::path& path, const struct stat& found) {
  const auto refuse = [&](const std::string& why) {
    return fail(ErrorCode::invalid,
                "data directory: " + path.string() + " " + why + ", or choose another with --data-dir");
  };
  if (found.st_uid != geteuid()) {
    return refuse("belongs to user " + std::to_string(found.st_uid) + " and doorward runs as user " +
                  std::to_string(geteuid()) +
                  ": run it as that user, or give the directory to it (chown -R)");
  }
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) == 0) return {};
  std::error_code error;
  if (std::filesystem::is_empty(path, error) && !error) {
    return chmod(path.c_str(), S_IRWXU) == 0 ? Result<>() : refused(path, errno);
  }
  return refuse("holds keys and can be entered by others than its owner: run `chmod 700 " + path.string() +
                "`, and change the passwords if somebody may have looked into it");
}

Result<> make_private_folder(const std::filesystem::path& path) {
  if (mkdir(path.c_str(), S_IRWXU) == 0) return {};
  if (errno != EEXIST) return refused(path, errno);
  struct stat found{};
  if (stat(path.c_str(), &found) != 0) return refused(path, errno);
  if (!S_ISDIR(found.st_mode)) return refused(path, ENOTDIR);
  return check_private(path, found);
}

// The process that holds the lock wrote its number there.
std::string holder(int lock) {
  char digits[16];
  const ssize_t count = pread(lock, digits, sizeof digits, 0);
  long process = 0;
  if (count <= 0 || std::from_chars(digits, digits + count, process).ec != std::errc()) return "";
  return " (process " + std::to_string(process) + ")";
}

}  // namespace

Result<DataDirectory> DataDirectory::open(const std::filesystem::path& path) {
  if (path.has_parent_path()) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) return refused(path.parent_path(), error.value());
  }
  if (auto made = make_private_folder(path); !made) return std::unexpected(made.error());

  const std::filesystem::path lock_file = path / "lock";
  const int lock = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (lock < 0) return refused(lock_file, errno);
  DataDirectory directory(path, lock);
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return refused(lock_file, errno);
    return fail(ErrorCode::unavailable, "data directory: " + path.string() +
                                            " is in use by another doorward" + holder(lock) +
                                            "; stop that one, or choose another with --data-dir");
  }
  const std::string process = std::to_string(getpid()) + "\n";
  if (ftruncate(lock, 0) != 0 || pwrite(lock, process.data(), process.size(), 0) < 0)
    return refused(lock_file, errno);
  std::error_code error;
  if (std::filesystem::exists(directory.unfinished_database(), error)) {
    return fail(ErrorCode::invalid,
                "data directory: " + path.string() +
                    " holds a restore that did not finish: empty it and restore again, or "
                    "choose another with --data-dir");
  }
  if (auto made = make_private_folder(directory.keys()); !made) return std::unexpected(made.error());
  return directory;
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataDirectory& DataDirectory::operator=(DataDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) close(lock_);
}

}  // namespace doorward
