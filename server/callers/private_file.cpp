#include "server/callers/private_file.hpp"

#include "server/net/socket.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace doorward {
namespace {

std::unexpected<Error> cannot(const char* what, const std::filesystem::path& file, int error) {
  return fail(ErrorCode::unavailable,
              fmt::format("cannot {} {}: {}; check the owner and the rights of it and of its folder", what,
                          file.string(), ::strerrordesc_np(error)));
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// A file that root puts into the folder of a service must be one that the service can read.
bool give_to_owner_of(int folder, int file) {
  if (::geteuid() != 0) return true;
  struct stat status{};
  return ::fstat(folder, &status) == 0 && ::fchown(file, status.st_uid, status.st_gid) == 0;
}

}  // namespace

Result<> replace_file(const std::filesystem::path& file, std::string_view content, mode_t mode) {
  const Descriptor folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return cannot("write", file, errno);
  std::string temporary = file.string() + ".XXXXXX";
  const Descriptor fd(::mkostemp(temporary.data(), O_CLOEXEC));  // with mode 0600
  if (!fd) return cannot("write", file, errno);
  const bool written = give_to_owner_of(folder.get(), fd.get()) && ::fchmod(fd.get(), mode) == 0 &&
                       write_all(fd.get(), content) && ::fsync(fd.get()) == 0 &&
                       ::rename(temporary.c_str(), file.c_str()) == 0;
  if (!written) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return cannot("write", file, error);
  }
  if (::fsync(folder.get()) != 0) return cannot("write", file, errno);
  return {};
}

Result<std::optional<Secret>> read_file(const std::filesystem::path& file, std::size_t most) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) {
    if (errno == ENOENT) return std::optional<Secret>();
    return cannot("read", file, errno);
  }
  std::string bytes(most + 1, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = ::read(fd.get(), bytes.data() + size, bytes.size() - size);
    if (got == 0) break;
    if (got < 0 && errno != EINTR) {
      const int error = errno;
      wipe(bytes);
      return cannot("read", file, error);
    }
    if (got > 0) size += static_cast<std::size_t>(got);
  }
  if (size > most) {
    wipe(bytes);
    return fail(ErrorCode::invalid, fmt::format("{} is larger than {} bytes", file.string(), most));
  }
  bytes.resize(size);
  return std::optional<Secret>(Secret(std::move(bytes)));
}

Result<> make_private_directory(const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), S_IRWXU) == 0 || errno == EEXIST) return {};
  return cannot("make", directory, errno);
}

}  // namespace doorward
