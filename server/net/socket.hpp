#pragma once
// Sockets before an event loop has them: owned descriptors, names of addresses, and the binding of one
// address by several listening sockets. Called at start, but for accepted connections and the names of their
// peers.
#include "store/model/result.hpp"

#include <cstddef>
#include <cstdint>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <utility>
#include <vector>

namespace doorward {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  std::uint16_t port() const;
  void set_port(std::uint16_t port);
  // `127.0.0.1:5672`, `[::1]:5672`
  std::string text() const;
};

// Non-blocking listening sockets on one address, among which the kernel shares out the connections
// (SO_REUSEPORT).
struct ListeningSockets {
  SocketAddress address;  // the port that the kernel chose in place of 0
  std::vector<Descriptor> sockets;
};

// `count` sockets on an IP address, or on each address of a name such as `localhost`. Refused where anybody
// else listens there, another doorward included. Asks the resolver: may block.
Result<std::vector<ListeningSockets>> listen_on(const std::string& host, std::uint16_t port,
                                                std::size_t count, int backlog);

}  // namespace doorward
