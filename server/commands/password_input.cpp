#include "server/commands/password_input.hpp"

#include "store/model/names.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <termios.h>
#include <unistd.h>

namespace doorward {
namespace {

struct Descriptor {
  int fd;
  explicit Descriptor(int opened) : fd(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd > STDERR_FILENO) close(fd);
  }
};

// While it lives, what is typed is not shown.
class Unseen {
 public:
  explicit Unseen(int fd) : fd_(fd), known_(tcgetattr(fd, &before_) == 0) {
    if (!known_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;
    tcsetattr(fd_, TCSAFLUSH, &silent);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;
  ~Unseen() {
    if (known_) tcsetattr(fd_, TCSAFLUSH, &before_);
  }

 private:
  int fd_;
  termios before_{};
  bool known_;
};

// A line without its end.
Result<Secret> read_line(int fd, std::size_t max_bytes) {
  std::string line;
  line.reserve(max_bytes + 2);  // no reallocation leaves a copy behind
  const auto refuse = [&](ErrorCode code, std::string message) {
    wipe(line);
    return fail(code, std::move(message));
  };
  for (char c = 0; c != '\n' && line.size() <= max_bytes + 1;) {
    const ssize_t got = read(fd, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return refuse(ErrorCode::unavailable,
                    std::string("the password can not be read: ") + std::strerror(errno));
    }
    if (got == 0) break;
    if (c != '\n') line += c;
  }
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) {
    return fail(ErrorCode::invalid, "the password is empty: type it, or give it on standard input");
  }
  if (line.size() > max_bytes) {
    return refuse(ErrorCode::invalid,
                  "the password is longer than " + std::to_string(max_bytes) + " bytes: give a shorter one");
  }
  if (line.find('\0') != std::string::npos) {
    return refuse(ErrorCode::invalid, "the password contains a NUL, which no client could send");
  }
  return Secret(std::move(line));
}

}  // namespace

Result<Secret> prompt_password(std::string_view prompt, bool confirm, std::size_t max_bytes) {
  const Descriptor terminal(open("/dev/tty", O_RDWR | O_CLOEXEC));
  if (terminal.fd < 0) {
    return fail(ErrorCode::unavailable,
                "there is no terminal to ask on: give the password on standard input");
  }
  const auto ask = [&](std::string_view text) -> Result<Secret> {
    const Unseen unseen(terminal.fd);
    const std::string shown = std::string(text) + ": ";
    if (write(terminal.fd, shown.data(), shown.size()) < 0) {
      return fail(ErrorCode::unavailable, "the terminal can not be written to");
    }
    return read_line(terminal.fd, max_bytes);
  };
  Result<Secret> password = ask(prompt);
  if (!password || !confirm) return password;
  const Result<Secret> again = ask("Again");
  if (!again) return std::unexpected(again.error());
  if (!password->equals(again->reveal())) {
    return fail(ErrorCode::invalid, "the two passwords differ: try again");
  }
  return password;
}

Result<Secret> read_password(std::string_view file, std::size_t max_bytes) {
  const std::string path(file);
  const Descriptor opened(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.fd < 0) {
    return fail(ErrorCode::unavailable,
                "the password file " + quoted(file, 256) + " can not be opened: " + std::strerror(errno) +
                    ": name a file that holds the password in its first line, or `-` for standard input");
  }
  return read_line(opened.fd, max_bytes);
}

Result<Secret> prompt_or_read_password(std::string_view prompt, bool confirm, std::size_t max_bytes) {
  return isatty(STDIN_FILENO) != 0 ? prompt_password(prompt, confirm, max_bytes)
                                   : read_password("-", max_bytes);
}

}  // namespace doorward
