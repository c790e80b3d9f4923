#pragma once
// The client's side of TLS 1.3 for the load generator: a full handshake for each connection, or the
// resumption of one session again and again by its ticket. Key exchange is OpenSSL's own choice, X25519. The
// server's certificate is not looked at: what is measured is the server. One thread.
#include "tests/bench/conversation.hpp"

#include <memory>

#include <boost/asio/ssl/context.hpp>

namespace doorward::bench {

class TlsClient {
 public:
  explicit TlsClient(bool resume);
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // Over a connected socket that outlives it; its handshake is still to be made.
  TlsStream stream(Socket& socket);
  // Whether the next stream is to resume a session, and whether a stream did.
  bool resumes() const { return session_ != nullptr; }
  static bool resumed(TlsStream& stream) { return SSL_session_reused(stream.native_handle()) == 1; }

 private:
  static int keep_session(SSL* ssl, SSL_SESSION* session);

  struct FreeSession {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
  };
  using Session = std::unique_ptr<SSL_SESSION, FreeSession>;
  boost::asio::ssl::context context_{boost::asio::ssl::context::tlsv13_client};
  const bool resume_;
  Session session_;  // the first that came with a ticket
};

}  // namespace doorward::bench
