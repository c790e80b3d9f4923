#include "server/amqp/transport.hpp"

#include "server/net/tls_context.hpp"

#include <cerrno>
#include <sys/socket.h>

#include <fmt/format.h>
#include <openssl/err.h>

namespace doorward {
namespace {

// The first byte of a TLS record that carries a handshake (RFC 8446, section 5.1).
constexpr unsigned char handshake_record = 0x16;

IoResult from_errno(Io would_block) {
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {would_block};
  return {Io::failed};
}

std::string tls_fault(const SSL& ssl) {
  const long verdict = SSL_get_verify_result(&ssl);
  if (verdict != X509_V_OK) {
    return fmt::format("the client certificate was refused: {}", X509_verify_cert_error_string(verdict));
  }
  const unsigned long error = ERR_peek_last_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return fmt::format("the TLS handshake failed: {}", reason == nullptr ? "the connection broke" : reason);
}

}  // namespace

Transport::Transport(LoopExecutor executor, Descriptor descriptor) : socket_(executor) {
  // The family matters to none of the calls that are made here.
  socket_.assign({AF_INET, IPPROTO_TCP}, descriptor.get());
  descriptor.release();
}

std::string_view Transport::server_name() const {
  const char* name = ssl_ ? SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name) : nullptr;
  return name == nullptr ? std::string_view() : std::string_view(name);
}

// Nothing is allocated for TLS before the client speaks, and one that speaks AMQP instead is told apart from
// a broken handshake.
Task<std::expected<void, Broken>> Transport::expect_client_hello() {
  for (;;) {
    unsigned char first = 0;
    const ssize_t got = ::recv(socket_.native_handle(), &first, 1, MSG_PEEK);
    if (got > 0 && first == handshake_record) co_return std::expected<void, Broken>();
    if (got > 0) {
      co_return std::unexpected(Broken{LoginReason::protocol_error,
                                       first == 'A' ? "AMQP without TLS on a port for TLS; connect with TLS"
                                                    : "no TLS hello on a port for TLS"});
    }
    if (got == 0) co_return std::unexpected(Broken{LoginReason::peer_gone, "closed before the TLS hello"});
    if (errno == EINTR) continue;
    if (from_errno(Io::want_read).state == Io::failed) {
      co_return std::unexpected(Broken{LoginReason::peer_gone, "reset before the TLS hello"});
    }
    if (!stopped_) co_await ready(Io::want_read);
    if (stopped_) co_return std::unexpected(Broken{*stopped_, "no TLS hello in time"});
  }
}

Task<std::expected<void, Broken>> Transport::secure(std::shared_ptr<SSL_CTX> context, int verify) {
  if (auto hello = co_await expect_client_hello(); !hello) co_return hello;
  ERR_clear_error();
  ssl_.reset(SSL_new(context.get()));
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket_.native_handle()) != 1) {
    co_return std::unexpected(Broken{LoginReason::internal, "TLS could not be set up: out of memory"});
  }
  SSL_set_verify(ssl_.get(), verify, nullptr);
  if (verify != SSL_VERIFY_NONE) never_resume(*ssl_);
  for (;;) {
    ERR_clear_error();
    const IoResult step = tls_result(SSL_accept(ssl_.get()), 0);
    switch (step.state) {
      case Io::done:
        tls_established_ = true;
        co_return std::expected<void, Broken>();
      case Io::ended:
        co_return std::unexpected(Broken{LoginReason::peer_gone, "closed during the TLS handshake"});
      case Io::failed: {
        const bool of_tls = ERR_peek_error() != 0;
        co_return std::unexpected(
            Broken{of_tls ? LoginReason::protocol_error : LoginReason::peer_gone, tls_fault(*ssl_)});
      }
      case Io::want_read:
      case Io::want_write:
        break;
    }
    if (!stopped_) co_await ready(step.state);
    if (stopped_) co_return std::unexpected(Broken{*stopped_, "the TLS handshake took too long"});
  }
}

IoResult Transport::tls_result(int result, std::size_t bytes) {
  if (result == 1) return {Io::done, bytes};
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {Io::want_read};
    case SSL_ERROR_WANT_WRITE:
      return {Io::want_write};
    case SSL_ERROR_ZERO_RETURN:
      return {Io::ended};
    default:
      tls_established_ = false;  // after a fatal error not even a close_notify may be sent
      return {Io::failed};
  }
}

IoResult Transport::read(char* into, std::size_t size) {
  if (ssl_) {
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl_.get(), into, size, &got);
    return tls_result(result, got);
  }
  ssize_t got;
  do {
    got = ::recv(socket_.native_handle(), into, size, 0);
  } while (got < 0 && errno == EINTR);
  if (got > 0) return {Io::done, static_cast<std::size_t>(got)};
  return got == 0 ? IoResult{Io::ended} : from_errno(Io::want_read);
}

Io Transport::peek() {
  char next = 0;
  if (tls_established_) {
    ERR_clear_error();
    std::size_t got = 0;
    return tls_result(SSL_peek_ex(ssl_.get(), &next, 1, &got), got).state;
  }
  const ssize_t got = ::recv(socket_.native_handle(), &next, 1, MSG_PEEK);
  if (got > 0) return Io::done;
  return got == 0 ? Io::ended : from_errno(Io::want_read).state;
}

IoResult Transport::result_of(const std::tuple<boost::system::error_code, std::size_t>& received) {
  const auto& [error, bytes] = received;
  if (!error) return {Io::done, bytes};
  if (error == boost::asio::error::eof) return {Io::ended};
  return {error == boost::asio::error::operation_aborted ? Io::want_read : Io::failed};
}

IoResult Transport::write(std::string_view bytes) {
  if (ssl_) {
    ERR_clear_error();
    std::size_t sent = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent);
    return tls_result(result, sent);
  }
  ssize_t sent;
  do {
    sent = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0 ? IoResult{Io::done, static_cast<std::size_t>(sent)} : from_errno(Io::want_write);
}

void Transport::end_sending() {
  if (tls_established_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  ::shutdown(socket_.native_handle(), SHUT_WR);
}

IoResult Transport::discard(std::size_t limit) {
  ssize_t got;
  do {
    // With MSG_TRUNC, TCP drops the bytes without copying them (tcp(7)).
    got = ::recv(socket_.native_handle(), nullptr, limit, MSG_TRUNC);
  } while (got < 0 && errno == EINTR);
  if (got > 0) return {Io::done, static_cast<std::size_t>(got)};
  return got == 0 ? IoResult{Io::ended} : from_errno(Io::want_read);
}

void Transport::stop(LoginReason reason) {
  if (stopped_) return;
  stopped_ = reason;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

}  // namespace doorward
