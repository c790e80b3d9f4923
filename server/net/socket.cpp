#include "server/net/socket.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/tcp.h>
#include <optional>
#include <unistd.h>

#include <fmt/compile.h>
#include <fmt/format.h>

namespace doorward {
namespace {

constexpr int port_attempts = 16;

bool switch_on(int fd, int level, int option) {
  const int on = 1;
  return setsockopt(fd, level, option, &on, sizeof on) == 0;
}

std::unexpected<Error> cannot_listen(const SocketAddress& address, int error) {
  const std::string where = address.text();
  switch (error) {
    case EADDRINUSE:
      return fail(
          ErrorCode::already_exists,
          fmt::format("cannot listen on {}: another process listens there (another doorward?); stop it or "
                      "choose another port",
                      where));
    case EACCES:
      return fail(
          ErrorCode::invalid,
          fmt::format("cannot listen on {}: ports below 1024 need the capability CAP_NET_BIND_SERVICE",
                      where));
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      return fail(ErrorCode::not_found,
                  fmt::format("cannot listen on {}: this machine has no such address", where));
    default:
      return fail(ErrorCode::unavailable,
                  fmt::format("cannot listen on {}: {}", where, ::strerrordesc_np(error)));
  }
}

Result<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) {
    return fail(ErrorCode::invalid,
                fmt::format("cannot listen on \"{}\": {}; give an IP address of this machine", host,
                            gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
    SocketAddress address;
    std::copy_n(reinterpret_cast<const char*>(info->ai_addr), info->ai_addrlen,
                reinterpret_cast<char*>(&address.storage));
    address.size = info->ai_addrlen;
    address.set_port(port);
    addresses.push_back(address);
  }
  return addresses;
}

Result<ListeningSockets> listen_on(SocketAddress address, std::size_t count, int backlog) {
  std::vector<Descriptor> sockets;
  for (std::size_t i = 0; i < count; ++i) {
    Descriptor socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return cannot_listen(address, errno);
    // Accepted connections inherit TCP_NODELAY.
    if (!switch_on(socket.get(), SOL_SOCKET, SO_REUSEADDR) ||
        !switch_on(socket.get(), IPPROTO_TCP, TCP_NODELAY)) {
      return cannot_listen(address, errno);
    }
    // The first socket binds alone: only then does it join the group that shares the address. Were it in the
    // group from the start, a second process would silently get half of the logins.
    const bool first = i == 0;
    if (!first && !switch_on(socket.get(), SOL_SOCKET, SO_REUSEPORT)) return cannot_listen(address, errno);
    if (::bind(socket.get(), address.get(), address.size) != 0) return cannot_listen(address, errno);
    if (first && !switch_on(socket.get(), SOL_SOCKET, SO_REUSEPORT)) return cannot_listen(address, errno);
    if (first && ::getsockname(socket.get(), address.get(), &address.size) != 0) {
      return cannot_listen(address, errno);
    }
    sockets.push_back(std::move(socket));
  }
  for (const Descriptor& socket : sockets) {
    if (::listen(socket.get(), backlog) != 0) return cannot_listen(address, errno);
  }
  return ListeningSockets{address, std::move(sockets)};
}

// A machine without IPv6 may have a name for ::1 all the same: an address that is not there is passed over
// where the name has another.
Result<std::vector<ListeningSockets>> listen_on_each(std::vector<SocketAddress> addresses, std::size_t count,
                                                     int backlog) {
  std::vector<ListeningSockets> listening;
  std::optional<Error> missing;
  for (SocketAddress& address : addresses) {
    if (address.port() == 0 && !listening.empty()) address.set_port(listening.front().address.port());
    auto sockets = listen_on(address, count, backlog);
    if (sockets) {
      listening.push_back(std::move(*sockets));
    } else if (sockets.error().code == ErrorCode::not_found) {
      missing = std::move(sockets.error());
    } else {
      return std::unexpected(std::move(sockets.error()));
    }
  }
  if (listening.empty() && missing) return std::unexpected(*std::move(missing));
  return listening;
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

std::uint16_t SocketAddress::port() const {
  // The port stands at the same place in both families.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

void SocketAddress::set_port(std::uint16_t port) {
  reinterpret_cast<sockaddr_in*>(&storage)->sin_port = htons(port);
}

std::string SocketAddress::text() const {
  // Made for each connection: inet_ntop takes several times as long for an IPv4 address, and so does a format
  // that is parsed each time.
  const auto v4 = [this](const void* address) {
    std::array<std::uint8_t, 4> octets;
    std::memcpy(octets.data(), address, octets.size());
    return fmt::format(FMT_COMPILE("{}.{}.{}.{}:{}"), octets[0], octets[1], octets[2], octets[3], port());
  };
  if (storage.ss_family != AF_INET6) return v4(&reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr);
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return v4(&v6.s6_addr[12]);
  char host[INET6_ADDRSTRLEN] = "?";
  inet_ntop(AF_INET6, &v6, host, sizeof host);
  return fmt::format("[{}]:{}", host, port());
}

Result<std::vector<ListeningSockets>> listen_on(const std::string& host, std::uint16_t port,
                                                std::size_t count, int backlog) {
  const auto addresses = resolve(host, port);
  if (!addresses) return std::unexpected(addresses.error());
  for (int attempt = 1;; ++attempt) {
    auto listening = listen_on_each(*addresses, count, backlog);
    // The port that the kernel chose for the first address may be taken at the next.
    const bool again = !listening && port == 0 && listening.error().code == ErrorCode::already_exists;
    if (!again || attempt == port_attempts) return listening;
  }
}

}  // namespace doorward
