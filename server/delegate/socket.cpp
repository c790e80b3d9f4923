#include "server/delegate/socket.hpp"

#include "server/delegate/look_up.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace doorward::delegate {
namespace {

std::string describe(int error) { return std::generic_category().message(error); }

}  // namespace

Result<Socket> Socket::connect(const Peer& peer, Clock::time_point deadline) {
  const Result<AddressList> addresses = look_up(peer, deadline);
  if (!addresses) return std::unexpected(addresses.error());
  std::string why = "it has no address";
  for (const addrinfo* address = addresses->get(); address != nullptr; address = address->ai_next) {
    Socket socket(::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), deadline);
    if (socket.fd_ < 0) {
      why = describe(errno);
      continue;
    }
    if (::connect(socket.fd_, address->ai_addr, address->ai_addrlen) != 0) {
      if (errno != EINPROGRESS) {
        why = describe(errno);
        continue;
      }
      if (const Result<> ready = socket.wait(POLLOUT); !ready) {
        why = ready.error().message;
        continue;
      }
      int error = 0;
      socklen_t size = sizeof error;
      getsockopt(socket.fd_, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error != 0) {
        why = describe(error);
        continue;
      }
    }
    const int on = 1;
    setsockopt(socket.fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
  }
  return fail(ErrorCode::unavailable,
              "cannot connect to " + peer.text() + ": " + why +
                  ". Check that the service runs and listens there: it logs its addresses when it starts");
}

Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), deadline_(other.deadline_) {}

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

Result<> Socket::wait(short events) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    if (left <= 0) return fail(ErrorCode::unavailable, "the peer did not answer in time");
    pollfd entry{.fd = fd_, .events = events, .revents = 0};
    const int ready = poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left, 1'000'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail(ErrorCode::internal, "poll: " + describe(errno));
  }
}

Result<> Socket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (const Result<> ready = wait(POLLOUT); !ready) return ready;
    } else if (errno != EINTR) {
      return fail(ErrorCode::unavailable, "the connection broke: " + describe(errno));
    }
  }
  return {};
}

Result<std::string> Socket::receive() {
  std::array<char, 16'384> buffer;
  for (;;) {
    const ssize_t received = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (received >= 0) return std::string(buffer.data(), static_cast<std::size_t>(received));
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (const Result<> ready = wait(POLLIN); !ready) return std::unexpected(ready.error());
    } else if (errno == ECONNRESET) {
      return std::string();
    } else if (errno != EINTR) {
      return fail(ErrorCode::unavailable, "the connection broke: " + describe(errno));
    }
  }
}

}  // namespace doorward::delegate
