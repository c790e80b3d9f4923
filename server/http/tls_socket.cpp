#include "server/http/tls_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

namespace doorward::http {
namespace {

using std::chrono::ceil;
using std::chrono::milliseconds;

constexpr int vanished_after_ms = 60'000;        // bytes on the way that nobody acknowledges
constexpr std::size_t most_lingering = 1 << 20;  // bytes of a client that does not stop sending

}  // namespace

TlsSocket::TlsSocket(Descriptor descriptor) : descriptor_(std::move(descriptor)) {
  if (::getpeername(descriptor_.get(), peer_.get(), &peer_.size) != 0) peer_ = {};
  const int on = 1;
  ::setsockopt(descriptor_.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(descriptor_.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &vanished_after_ms,
               sizeof vanished_after_ms);
}

TlsSocket::~TlsSocket() = default;

TlsSocket::Outcome TlsSocket::wait(short events, Deadline deadline) const {
  for (;;) {
    const auto left = ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Outcome::late;
    pollfd asked{.fd = descriptor_.get(), .events = events, .revents = 0};
    const int ready = ::poll(&asked, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 3'600'000)));
    if (ready > 0) return Outcome::done;
    if (ready < 0 && errno != EINTR) return Outcome::failed;
  }
}

// What OpenSSL said: done here means `try again`.
TlsSocket::Outcome TlsSocket::after(int result, Deadline deadline) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return wait(POLLIN, deadline);
    case SSL_ERROR_WANT_WRITE:
      return wait(POLLOUT, deadline);
    case SSL_ERROR_ZERO_RETURN:
      return Outcome::ended;
    default:
      broken_ = true;
      return Outcome::failed;
  }
}

TlsSocket::Outcome TlsSocket::handshake(const TlsContext& tls, bool ask, Deadline deadline) {
  tls_ = &tls;
  auto context = tls.current();
  ERR_clear_error();
  ssl_.reset(SSL_new(context.get()));
  if (!ssl_ || SSL_set_fd(ssl_.get(), descriptor_.get()) != 1) {
    broken_ = true;
    return Outcome::failed;
  }
  never_resume(*ssl_);
  if (ask) SSL_set_verify(ssl_.get(), SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, nullptr);
  for (;;) {
    ERR_clear_error();
    const int result = SSL_accept(ssl_.get());
    if (result == 1) {
      certificate_.emplace(*ssl_, std::move(context));
      return Outcome::done;
    }
    if (const Outcome next = after(result, deadline); next != Outcome::done) {
      broken_ = true;
      return next;
    }
  }
}

std::string TlsSocket::fault() const {
  if (ssl_ && SSL_get_verify_result(ssl_.get()) != X509_V_OK) {
    return std::string("the client certificate was refused: ") +
           X509_verify_cert_error_string(SSL_get_verify_result(ssl_.get()));
  }
  const unsigned long error = ERR_peek_last_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return reason == nullptr ? "the connection broke" : reason;
}

std::optional<Subject> TlsSocket::subject() {
  return certificate_ && lapse().empty() ? certificate_->subject() : std::nullopt;
}

std::string TlsSocket::lapse() { return certificate_ ? certificate_->lapse(tls_->current()) : std::string(); }

TlsSocket::Read TlsSocket::read(char* into, std::size_t size, Deadline deadline) {
  for (;;) {
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl_.get(), into, size, &got);
    if (result == 1) return {Outcome::done, got};
    if (const Outcome next = after(result, deadline); next != Outcome::done) return {next};
  }
}

TlsSocket::Outcome TlsSocket::write(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    ERR_clear_error();
    std::size_t sent = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent);
    if (result == 1) {
      bytes.remove_prefix(sent);
    } else if (const Outcome next = after(result, deadline); next != Outcome::done) {
      return next;
    }
  }
  return Outcome::done;
}

bool TlsSocket::peer_gone() const {
  pollfd asked{.fd = descriptor_.get(), .events = POLLRDHUP, .revents = 0};
  return ::poll(&asked, 1, 0) > 0 && (asked.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void TlsSocket::close(Deadline deadline) {
  if (ssl_ && !broken_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ::shutdown(descriptor_.get(), SHUT_WR);
    std::array<char, 16'384> unread;
    for (std::size_t total = 0; total < most_lingering;) {
      const ssize_t got = ::recv(descriptor_.get(), unread.data(), unread.size(), 0);
      if (got > 0) {
        total += static_cast<std::size_t>(got);
      } else if (got == 0 || (errno != EAGAIN && errno != EINTR) || wait(POLLIN, deadline) != Outcome::done) {
        break;
      }
    }
  }
  certificate_.reset();
  ssl_.reset();
  descriptor_ = Descriptor();
}

void TlsSocket::interrupt() const {
  ::shutdown(descriptor_.get(), SHUT_RDWR);
  interrupted_.request_stop();
}

}  // namespace doorward::http
