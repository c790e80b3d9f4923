#include "server/audit/position_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace doorward::audit {

Result<PositionFile> PositionFile::open(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) {
    return fail(ErrorCode::unavailable, fmt::format("audit: cannot use {}: {}; check its owner and rights",
                                                    path.string(), std::generic_category().message(errno)));
  }
  return PositionFile(descriptor);
}

PositionFile::PositionFile(PositionFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

PositionFile::~PositionFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

Position PositionFile::read() const {
  char text[128];
  const ssize_t count = pread(descriptor_, text, sizeof text, 0);
  std::string_view kept(text, count > 0 ? static_cast<std::size_t>(count) : 0);
  kept = kept.substr(0, kept.find('\n'));
  kept = kept.substr(std::min(kept.find_first_not_of(' '), kept.size()));
  return Position::parse(kept).value_or(Position{});
}

bool PositionFile::keep(const Position& position) {
  // Always as long: the old text never shows behind the new one.
  const std::string text = fmt::format("{:>86}\n", position.text());
  return pwrite(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

}  // namespace doorward::audit
