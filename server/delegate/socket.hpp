#pragma once
// A TCP connection whose every wait ends at one deadline. It blocks the thread that calls: for commands and
// tests, not for event loops. A peer that goes away is an answer, never a signal.
#include "server/delegate/peer.hpp"
#include "store/model/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace doorward::delegate {

class Socket {
 public:
  using Clock = std::chrono::steady_clock;

  // Tries each address that the host has.
  static Result<Socket> connect(const Peer& peer, Clock::time_point deadline);
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  Result<> send(std::string_view bytes);
  // What is there, at least a byte; empty at the end of the stream.
  Result<std::string> receive();

 private:
  Socket(int fd, Clock::time_point deadline) : fd_(fd), deadline_(deadline) {}
  Result<> wait(short events);

  int fd_;
  Clock::time_point deadline_;
};

}  // namespace doorward::delegate
