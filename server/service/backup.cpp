#include "server/service/backup.hpp"

#include "server/callers/private_file.hpp"
#include "server/net/socket.hpp"
#include "store/data_directory.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace doorward {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> kept_folders{"keys", "secrets", "tls"};
constexpr std::array<std::string_view, 2> kept_files{"admin.kubeconfig", DataDirectory::tokens_file};
constexpr std::size_t max_name_bytes = 1'024;

std::unexpected<Error> cannot(const char* what, const fs::path& file, int error) {
  return fail(ErrorCode::unavailable, std::string("cannot ") + what + " " + file.string() + ": " +
                                          std::generic_category().message(error) +
                                          "; check the space, the owner and the rights there");
}

// Every file below `folder`, by its path from `top`. Kubernetes keeps what it mounts a second time, behind
// two dots.
Result<> add_names(const fs::path& top, const fs::path& folder, std::vector<std::string>& names) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename().native().starts_with("..")) {
      it.disable_recursion_pending();
    } else if (it->is_regular_file(error)) {
      names.push_back(it->path().lexically_relative(top).native());
    }
  }
  // A backup that lacks what could not be looked at would show it at the worst time.
  if (error && error != std::errc::no_such_file_or_directory) return cannot("read", folder, error.value());
  return {};
}

Result<std::vector<KeptFile>> read_kept_files(const fs::path& directory) {
  std::vector<std::string> names(kept_files.begin(), kept_files.end());
  for (const std::string_view folder : kept_folders) {
    if (auto added = add_names(directory, directory / folder, names); !added)
      return std::unexpected(added.error());
  }
  if (names.size() > max_kept_files) {
    return fail(ErrorCode::invalid, directory.string() + " has more than " + std::to_string(max_kept_files) +
                                        " files in keys, secrets and tls: take out what is not doorward's");
  }
  std::vector<KeptFile> files;
  for (std::string& name : names) {
    if (!is_kept_name(name)) {
      return fail(ErrorCode::invalid, "a backup can have no file of a name so long: move " +
                                          (directory / name).string() + " away");
    }
    auto content = read_file(directory / name, max_kept_file_bytes);
    if (!content) return std::unexpected(content.error());
    if (*content) files.push_back({std::move(name), std::move(**content)});
  }
  return files;
}

Result<> sync_folder(const fs::path& folder) {
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened || ::fsync(opened.get()) != 0) return cannot("write to", folder, errno);
  return {};
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

// A file system that cannot rename without overwriting can link without it.
bool move_without_overwriting(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL) return false;
  return ::link(from.c_str(), to.c_str()) == 0 && ::unlink(from.c_str()) == 0;
}

std::unexpected<Error> is_there(const fs::path& file) {
  return fail(ErrorCode::invalid,
              file.string() + " is there already: name another file, or move that one away");
}

// Under its own name only when all of it is on the disk.
class Unfinished {
 public:
  explicit Unfinished(fs::path file) : file_(std::move(file)), name_(file_.string() + ".XXXXXX") {
    opened_ = Descriptor(::mkostemp(name_.data(), O_CLOEXEC));  // with mode 0600
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() {
    if (!opened_) return;
    ::unlink(name_.c_str());
    ::unlink((name_ + "-journal").c_str());
  }

  explicit operator bool() const { return static_cast<bool>(opened_); }
  fs::path path() const { return name_; }
  Result<> finish() {
    if (::fsync(opened_.get()) != 0) return cannot("write", file_, errno);
    if (!move_without_overwriting(name_, file_)) {
      if (errno == EEXIST) return is_there(file_);
      return cannot("write", file_, errno);
    }
    opened_ = Descriptor();
    return sync_folder(folder_of(file_));
  }

 private:
  const fs::path file_;
  std::string name_;
  Descriptor opened_;
};

// As DataDirectory::open() leaves it: nobody's data is in it.
bool is_fresh(const fs::path& directory) {
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const fs::path name = it->path().filename();
    if (name != "lock" && (name != "keys" || !fs::is_empty(it->path(), error))) return false;
  }
  // What is no folder is refused when it is opened.
  return !error || error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
}

void empty(const fs::path& directory) {
  std::error_code ignored;
  std::vector<fs::path> made;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) made.push_back(entry.path());
  for (const fs::path& path : made) {
    if (path.filename() != "lock") fs::remove_all(path, ignored);
  }
}

Result<> write_kept_file(const fs::path& directory, const KeptFile& file) {
  if (!is_kept_name(file.name))
    return fail(ErrorCode::invalid, "the backup has a file that is none of doorward's: take another backup");
  fs::path folder = directory;
  for (const fs::path& part : fs::path(file.name).parent_path()) {
    folder /= part;
    if (auto made = make_private_directory(folder); !made) return made;
  }
  return replace_file(directory / file.name, file.content.reveal(), 0600);
}

// The database gets its name last: before that, nobody serves from the folder.
Result<BackedUp> fill(DatabaseBackup& database, const fs::path& file, const DataDirectory& directory) {
  auto restored = database.put_back(file, directory.unfinished_database());
  if (!restored) return std::unexpected(restored.error());
  for (const KeptFile& kept : restored->files) {
    if (auto written = write_kept_file(directory.path(), kept); !written)
      return std::unexpected(written.error());
  }
  const Descriptor opened(::open(directory.unfinished_database().c_str(), O_RDWR | O_CLOEXEC));
  if (!opened || ::fsync(opened.get()) != 0 ||
      !move_without_overwriting(directory.unfinished_database(), directory.database()))
    return cannot("write", directory.database(), errno);
  if (auto synced = sync_folder(directory.path()); !synced) return std::unexpected(synced.error());
  std::error_code ignored;
  return BackedUp{
      .version = restored->taken_at, .files = restored->files.size(), .bytes = fs::file_size(file, ignored)};
}

}  // namespace

bool is_kept_name(std::string_view name) {
  if (std::ranges::find(kept_files, name) != kept_files.end()) return true;
  if (name.size() > max_name_bytes || name.find('\0') != std::string_view::npos) return false;
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return false;
  if (std::ranges::find(kept_folders, name.substr(0, slash)) == kept_folders.end()) return false;
  for (std::size_t begin = slash + 1;;) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    if (part.empty() || part == "." || part.starts_with("..")) return false;
    if (end == name.size()) return true;
    begin = end + 1;
  }
}

Result<BackedUp> back_up(DatabaseBackup& database, const fs::path& data_directory, const fs::path& file) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(file, error))) return is_there(file);
  const auto files = read_kept_files(data_directory);
  if (!files) return std::unexpected(files.error());
  Unfinished unfinished(file);
  if (!unfinished) return cannot("write", file, errno);
  const auto version = database.take(data_directory / "doorward.db", *files, unfinished.path());
  if (!version) return std::unexpected(version.error());
  const auto bytes = fs::file_size(unfinished.path(), error);
  if (auto finished = unfinished.finish(); !finished) return std::unexpected(finished.error());
  return BackedUp{.version = *version, .files = files->size(), .bytes = bytes};
}

Result<BackedUp> restore(DatabaseBackup& database, const fs::path& file, const fs::path& data_directory) {
  const auto refuse = [&] {
    return fail(ErrorCode::invalid,
                data_directory.string() +
                    " is not empty, and a restore replaces nothing: name a new directory with "
                    "--data-dir, or move what is in that one away");
  };
  std::error_code error;
  if (!fs::is_regular_file(file, error))
    return fail(ErrorCode::not_found, file.string() + " is no file: name what `doorward backup` wrote");
  if (!is_fresh(data_directory)) return refuse();
  const auto directory = DataDirectory::open(data_directory);
  if (!directory) return std::unexpected(directory.error());
  if (!is_fresh(data_directory)) return refuse();
  auto filled = fill(database, file, *directory);
  if (!filled) empty(data_directory);
  return filled;
}

}  // namespace doorward
