#pragma once
// A delegate's connection, plain or by TLS 1.2 and up, as a stream of bytes with one deadline for all of it.
// Blocks the thread that calls.
#include "server/delegate/peer.hpp"
#include "server/delegate/socket.hpp"
#include "store/model/result.hpp"

#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace doorward::delegate {

class Connection {
 public:
  // Connects and, where the peer's settings say so, does the handshake: the peer's certificate must be for
  // its host.
  static Result<Connection> open(const Peer& peer, Socket::Clock::time_point deadline);

  Result<> send(std::string_view bytes);
  // Just so many bytes, or those that came before the stream ended.
  Result<std::string> receive(std::size_t count);

 private:
  using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;
  Connection(Socket socket, Session session) : socket_(std::move(socket)), session_(std::move(session)) {}

  Result<> handshake(const Peer& peer);
  // Hands what TLS wants sent to the socket. OpenSSL works on memory, so that the socket's deadline and its
  // way to report a peer that is gone hold for TLS too.
  Result<> flush();
  // More of the stream into `unread_`; false at its end.
  Result<bool> fill();

  Socket socket_;
  Session session_;  // null: plain
  std::string unread_;
};

}  // namespace doorward::delegate
