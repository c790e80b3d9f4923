#include "server/resources/document/directory.hpp"

#include "store/model/secret.hpp"
#include "store/model/wiped_frees.hpp"
#include "store/model/wiped_stack.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <expected>
#include <fcntl.h>
#include <future>
#include <iterator>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace doorward::resources {

namespace fs = std::filesystem;

namespace {

// A file descriptor that closes itself.
class File {
 public:
  explicit File(const fs::path& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

struct Manifest {
  fs::path path;
  std::string identity;  // of what the name leads to; empty where that is not there
};

std::string reason() { return std::error_code(errno, std::generic_category()).message(); }

std::string identity_of(const struct stat& info) {
  std::string text;
  for (const long long part :
       {static_cast<long long>(info.st_dev), static_cast<long long>(info.st_ino),
        static_cast<long long>(info.st_size), static_cast<long long>(info.st_mtim.tv_sec),
        static_cast<long long>(info.st_mtim.tv_nsec), static_cast<long long>(info.st_ctim.tv_sec),
        static_cast<long long>(info.st_ctim.tv_nsec)})
    text += " " + std::to_string(part);
  return text;
}

bool is_manifest_name(const fs::path& name) {
  const std::string extension = name.extension().string();
  return !name.string().starts_with('.') &&
         (extension == ".yaml" || extension == ".yml" || extension == ".json");
}

// What is hidden is meant to be passed over.
bool is_folder(const fs::directory_entry& entry) {
  std::error_code ignored;
  return !entry.path().filename().string().starts_with('.') && entry.is_directory(ignored);
}

Result<std::vector<Manifest>> manifests_of(const fs::path& directory, std::size_t max_files,
                                           std::size_t* folders = nullptr) {
  std::error_code error;
  std::vector<Manifest> manifests;
  fs::directory_iterator entries(directory, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const fs::path& path = entries->path();
    if (folders != nullptr && is_folder(*entries)) ++*folders;
    if (!is_manifest_name(path.filename())) continue;
    struct stat info{};
    const bool there = ::stat(path.c_str(), &info) == 0;
    if (there && !S_ISREG(info.st_mode)) continue;
    manifests.push_back({path, there ? identity_of(info) : std::string()});
    if (manifests.size() > max_files)
      return fail(ErrorCode::invalid, "more than " + std::to_string(max_files) + " manifests in " +
                                          directory.string() + ": put more documents into each file");
  }
  if (error)
    return fail(ErrorCode::not_found,
                "cannot read the folder " + directory.string() + ": " + error.message());
  std::ranges::sort(manifests, {}, &Manifest::path);
  return manifests;
}

std::string fingerprint_of(const std::vector<Manifest>& manifests) {
  std::string text;
  for (const auto& manifest : manifests) text += manifest.path.filename().string() + manifest.identity + "\n";
  return text;
}

// The whole file, or why it cannot be read.
std::expected<std::string, std::string> contents(const fs::path& path, std::size_t max_bytes) {
  const File file(path);
  if (file.descriptor() < 0) return std::unexpected("cannot be opened: " + reason());
  std::string text;
  std::array<char, 64 * 1024> block;
  for (;;) {
    const ssize_t count = ::read(file.descriptor(), block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::unexpected("cannot be read: " + reason());
    if (count == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(count));
    if (text.size() > max_bytes)
      return std::unexpected("larger than " + std::to_string(max_bytes) +
                             " bytes: split it into several files");
  }
}

// The documents of a file, and its faults, once it is parsed on a thread of its own. `left` is how many bytes
// may be read yet.
std::future<Reading> read_file(const fs::path& path, const YamlBounds& bounds, std::size_t& left) {
  auto text = contents(path, std::min(bounds.file_bytes, left));
  if (!text) {
    std::promise<Reading> failed;
    failed.set_value({.faults = {{path.string(), 0, {}, {}, std::move(text.error())}}});
    return failed.get_future();
  }
  left -= text->size();
  return std::async(std::launch::async, [text = std::move(*text), file = path.string(), bounds]() mutable {
    const WipedFrees wiping;  // it may hold passwords
    Reading read = read_yaml(text, file, bounds);
    wipe(text);
    wipe_stack();
    return read;
  });
}

void append(Reading more, Reading& reading) {
  std::ranges::move(more.documents, std::back_inserter(reading.documents));
  std::ranges::move(more.faults, std::back_inserter(reading.faults));
}

}  // namespace

Result<std::string> directory_fingerprint(const fs::path& directory, const DirectoryBounds& bounds) {
  const auto manifests = manifests_of(directory, bounds.files);
  if (!manifests) return std::unexpected(manifests.error());
  return fingerprint_of(*manifests);
}

std::string unread_folders(const fs::path& directory, std::size_t folders) {
  return directory.string() + ": " + std::to_string(folders) +
         (folders == 1 ? " folder in it is" : " folders in it are") +
         " not read: only files of the folder itself are";
}

DirectoryReading read_directory(const fs::path& directory, const DirectoryBounds& bounds) {
  DirectoryReading out;
  const auto manifests = manifests_of(directory, bounds.files, &out.folders);
  if (!manifests) {
    out.reading.faults.push_back({{}, 0, {}, {}, manifests.error().message});
    return out;
  }
  out.fingerprint = fingerprint_of(*manifests);
  out.empty = manifests->empty();

  // As many at a time as there are cores, since parsing is what a large folder takes.
  const std::size_t at_once = std::max(1U, std::thread::hardware_concurrency());
  std::size_t left = bounds.bytes;
  std::deque<std::future<Reading>> parsing;
  const auto take_one = [&] {
    append(parsing.front().get(), out.reading);
    parsing.pop_front();
  };
  for (const auto& manifest : *manifests) {
    if (parsing.size() == at_once) take_one();
    parsing.push_back(read_file(manifest.path, bounds.yaml, left));
  }
  while (!parsing.empty()) take_one();
  return out;
}

DirectoryReading read_path(const fs::path& path, const DirectoryBounds& bounds) {
  std::error_code ignored;
  if (!fs::exists(path, ignored) || fs::is_directory(path, ignored)) return read_directory(path, bounds);
  DirectoryReading out;
  std::size_t left = bounds.bytes;
  append(read_file(path, bounds.yaml, left).get(), out.reading);
  return out;
}

}  // namespace doorward::resources
