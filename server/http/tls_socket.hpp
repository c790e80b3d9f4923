#pragma once
// One accepted connection under TLS, read and written by one thread that waits, each time until a deadline
// at most. Only interrupt() may be called from another thread.
#include "server/http/client_certificate.hpp"
#include "server/net/socket.hpp"
#include "server/net/tls_context.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace doorward::http {

using Deadline = std::chrono::steady_clock::time_point;

class TlsSocket {
 public:
  enum class Outcome : std::uint8_t { done, ended, late, failed };
  struct Read {
    Outcome outcome;
    std::size_t bytes = 0;
  };

  // Takes a non-blocking descriptor.
  explicit TlsSocket(Descriptor descriptor);
  ~TlsSocket();
  TlsSocket(const TlsSocket&) = delete;
  TlsSocket& operator=(const TlsSocket&) = delete;

  // `ask`: for a certificate, which the client may leave out; a certificate that the context's authority did
  // not sign fails the handshake. `tls` outlives this.
  Outcome handshake(const TlsContext& tls, bool ask, Deadline deadline);
  // Why the handshake failed, in OpenSSL's words.
  std::string fault() const;
  // Of the client's certificate, where it showed one that still counts.
  std::optional<Subject> subject();
  // Why the client's certificate counts no longer; empty: it does, or there is none.
  std::string lapse();

  Read read(char* into, std::size_t size, Deadline deadline);
  Outcome write(std::string_view bytes, Deadline deadline);  // all of them
  // The client has closed its side, or is gone. Asks the kernel, reads nothing.
  bool peer_gone() const;

  // Says goodbye and closes. A client that is still sending gets a moment to read the answer: closing at once
  // would reset the connection and take the answer with it.
  void close(Deadline deadline);
  // Whoever reads or writes returns now, and so does who waits for something else and has asked
  // interrupted(). The descriptor stays open until close().
  void interrupt() const;
  std::stop_token interrupted() const { return interrupted_.get_token(); }

  const SocketAddress& peer() const { return peer_; }

 private:
  Outcome wait(short events, Deadline deadline) const;
  Outcome after(int result, Deadline deadline);

  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  Descriptor descriptor_;
  SocketAddress peer_;
  std::stop_source interrupted_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  const TlsContext* tls_ = nullptr;
  std::optional<ClientCertificate> certificate_;
  bool broken_ = false;  // OpenSSL may not be asked to say goodbye after a fatal error
};

}  // namespace doorward::http
