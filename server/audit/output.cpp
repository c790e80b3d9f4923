#include "server/audit/output.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <climits>
#include <fmt/format.h>

namespace doorward::audit {
namespace {

constexpr int reader_patience_ms = 1'000;

std::unexpected<Error> refused(const std::filesystem::path& path, std::string_view why) {
  return fail(ErrorCode::invalid, fmt::format("audit: {} {}", path.string(), why));
}

std::unexpected<Error> refused(const std::filesystem::path& path, int error) {
  return refused(path, fmt::format("cannot be opened: {}; make its folder, check the rights, or name another "
                                   "with --audit",
                                   std::generic_category().message(error)));
}

// The end of a file, or less where it is shorter.
std::string read_end(int descriptor, off_t size, std::size_t bytes) {
  const auto from = std::max<off_t>(0, size - static_cast<off_t>(bytes));
  std::string text(static_cast<std::size_t>(size - from), '\0');
  const ssize_t count = pread(descriptor, text.data(), text.size(), from);
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

Position position_of(std::string_view line, std::string_view instance) {
  const auto read = read_line(line);
  if (!read || read->instance != instance) return {};
  return {read->seq, std::string(read->mac)};
}

}  // namespace

Result<Output> Output::open(const std::filesystem::path& path, std::string_view instance, Sync sync) {
  const int descriptor =
      path == "-" ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
                  // Non-blocking, since a pipe without a reader would hold whoever opens it.
                  : ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                           S_IRUSR | S_IWUSR);
  if (descriptor < 0) return refused(path, errno);
  Output output(descriptor, path, sync);
  if (auto looked = output.look_at(instance); !looked) return std::unexpected(looked.error());
  return output;
}

Result<> Output::look_at(std::string_view instance) {
  struct stat found{};
  if (fstat(descriptor_, &found) != 0) return refused(path_, errno);
  regular_ = path_ != "-" && S_ISREG(found.st_mode);
  if (!regular_ || found.st_size == 0) return {};

  std::string start(line_start.size(), '\0');
  const ssize_t count = pread(descriptor_, start.data(), start.size(), 0);
  start.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  if (!line_start.starts_with(start)) {
    return refused(path_, "holds something else than an audit: name another file with --audit");
  }
  const std::string end = read_end(descriptor_, found.st_size, 2 * max_line_bytes + 2);
  const std::size_t last_end = end.rfind('\n');
  const std::string_view unfinished =
      std::string_view(end).substr(last_end == std::string::npos ? 0 : last_end + 1);
  tail_.open_ended = !unfinished.empty();
  if (read_line(unfinished)) {  // all of it but the line end went
    tail_.last = position_of(unfinished, instance);
    return {};
  }
  if (unfinished.size() > max_line_bytes) {
    return refused(path_, "ends in what is no line of an audit: move it away, or name another with --audit");
  }
  tail_.torn_bytes = unfinished.size();
  if (last_end == std::string::npos) return {};
  const std::string_view whole = std::string_view(end).substr(0, last_end);
  const std::size_t begin = whole.rfind('\n');
  tail_.last = position_of(begin == std::string_view::npos ? whole : whole.substr(begin + 1), instance);
  return {};
}

Output::Output(Output&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      sync_(other.sync_),
      regular_(other.regular_),
      tail_(std::move(other.tail_)),
      error_(other.error_) {}

Output& Output::operator=(Output&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  std::swap(sync_, other.sync_);
  std::swap(regular_, other.regular_);
  std::swap(tail_, other.tail_);
  std::swap(error_, other.error_);
  return *this;
}

Output::~Output() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::size_t Output::append(std::string_view text) {
  std::size_t done = 0;
  while (done < text.size()) {
    std::string_view piece = text.substr(done);
    if (!regular_) {
      // So much goes into a pipe that says it is ready, without waiting (pipe(7)).
      piece = piece.substr(0, PIPE_BUF);
      pollfd ready{.fd = descriptor_, .events = POLLOUT, .revents = 0};
      const int polled = poll(&ready, 1, reader_patience_ms);
      if (polled < 0 && errno == EINTR) continue;
      if (polled <= 0) {
        error_ = polled < 0 ? errno : EAGAIN;
        return done;
      }
    }
    const ssize_t count = write(descriptor_, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      error_ = count < 0 ? errno : ENOSPC;
      return done;
    }
    done += static_cast<std::size_t>(count);
  }
  return done;
}

bool Output::take_back(std::size_t bytes) {
  struct stat found{};
  if (!regular_ || fstat(descriptor_, &found) != 0) return false;
  return ftruncate(descriptor_, found.st_size - static_cast<off_t>(bytes)) == 0;
}

bool Output::flush() {
  if (!regular_ || sync_(descriptor_) == 0) return true;
  error_ = errno;
  return false;
}

bool Output::moved() const {
  if (path_ == "-") return false;
  struct stat named{}, opened{};
  if (fstat(descriptor_, &opened) != 0) return true;
  if (stat(path_.c_str(), &named) != 0) return true;
  return named.st_dev != opened.st_dev || named.st_ino != opened.st_ino;
}

}  // namespace doorward::audit
