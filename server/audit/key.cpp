#include "server/audit/key.hpp"

#include "mechanisms/digest.hpp"
#include "store/model/base64.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace doorward::audit {
namespace {

constexpr std::size_t key_bytes = 32;

std::unexpected<Error> refused(ErrorCode code, const std::filesystem::path& file, const std::string& why) {
  return fail(code, "audit key: " + file.string() + " " + why);
}

std::unexpected<Error> refused(const std::filesystem::path& file, int error) {
  return refused(
      ErrorCode::unavailable, file,
      "cannot be used: " + std::generic_category().message(error) + "; check its owner and rights");
}

// Whole or not at all: a key that a crash has cut short would be refused for ever.
Result<> write_key(const std::filesystem::path& file, std::string_view text) {
  std::filesystem::path fresh = file;
  fresh += ".new";
  const int descriptor =
      open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return refused(fresh, errno);
  const bool written = write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       fsync(descriptor) == 0;
  const int error = errno;
  close(descriptor);
  if (!written) return refused(fresh, error == 0 ? ENOSPC : error);
  if (rename(fresh.c_str(), file.c_str()) != 0) return refused(file, errno);
  return {};
}

}  // namespace

std::filesystem::path key_file(const std::filesystem::path& keys) { return keys / "audit.key"; }
std::filesystem::path position_file(const std::filesystem::path& keys) { return keys / "audit.position"; }

Result<Secret> read_key(const std::filesystem::path& keys) {
  const std::filesystem::path file = key_file(keys);
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT) return refused(ErrorCode::not_found, file, "is not there");
  if (descriptor < 0) return refused(file, errno);
  struct stat found{};
  std::string text(128, '\0');
  const bool seen = fstat(descriptor, &found) == 0;
  const ssize_t count = read(descriptor, text.data(), text.size());
  close(descriptor);
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  const Secret line(std::move(text));
  if (seen && (found.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return refused(ErrorCode::invalid, file, "is open to others than its owner: run chmod 600 on it");
  std::string_view digits = line.reveal();
  if (digits.ends_with('\n')) digits.remove_suffix(1);
  auto bytes = base64_decode(digits);
  if (!bytes || bytes->size() != key_bytes) {
    return refused(ErrorCode::invalid, file,
                   "holds no key: put back the one that the audit was written under, or move the file away");
  }
  return Secret(std::move(*bytes));
}

Result<Secret> read_or_make_key(const std::filesystem::path& keys) {
  auto key = read_key(keys);
  if (key || key.error().code != ErrorCode::not_found) return key;
  Secret made(random_bytes(key_bytes));
  std::string text = base64_encode(made.reveal()) + "\n";
  auto written = write_key(key_file(keys), text);
  wipe(text);
  if (!written) return std::unexpected(written.error());
  return made;
}

}  // namespace doorward::audit
