#include "plugins/relay/stream.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace relay {
namespace {

[[noreturn]] void fail(const std::string& doing, const char* why) { throw Unreachable(doing + ": " + why); }

std::string errno_text(int number) {
  const char* name = strerrorname_np(number);
  return name == nullptr ? std::to_string(number) : name;
}

std::string openssl_text() {
  const unsigned long error = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(error);
  ERR_clear_error();
  return reason == nullptr ? "the connection was closed" : reason;
}

}  // namespace

Tls::Tls(const std::string& ca_file, const std::string& certificate_file, const std::string& key_file)
    : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
  if (!context_) throw std::runtime_error("TLS cannot be set up");
  SSL_CTX* context = context_.get();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  // A private CA stands alone: the system's are not asked as well.
  const int trusted = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context)
                                      : SSL_CTX_load_verify_file(context, ca_file.c_str());
  if (trusted != 1) throw std::runtime_error("the CA in " + ca_file + " cannot be read: " + openssl_text());
  if (certificate_file.empty()) return;
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    throw std::runtime_error("the client certificate " + certificate_file +
                             " or its key cannot be used: " + openssl_text());
}

Stream::Stream(const std::string& host, std::uint16_t port, const Tls* tls, Deadline deadline) {
  try {
    connect(host, port, deadline);
    if (tls != nullptr) secure(host, *tls, deadline);
  } catch (...) {
    if (socket_ >= 0) ::close(socket_);
    throw;
  }
}

Stream::~Stream() {
  // A quiet goodbye, without waiting for the other side's.
  if (ssl_) SSL_shutdown(ssl_.get());
  ERR_clear_error();
  ::close(socket_);
}

void Stream::connect(const std::string& host, std::uint16_t port, Deadline deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0)
    fail("its host cannot be found", gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, freeaddrinfo);
  std::string last = "no address";
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    socket_ = ::socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, at->ai_protocol);
    if (socket_ < 0) continue;
    int error = ::connect(socket_, at->ai_addr, at->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
      wait(POLLOUT, deadline);
      socklen_t size = sizeof error;
      getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (error == 0) {
      const int on = 1;
      setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return;
    }
    last = errno_text(error);
    ::close(std::exchange(socket_, -1));
  }
  fail("it cannot be connected to", last.c_str());
}

void Stream::secure(const std::string& host, const Tls& tls, Deadline deadline) {
  ssl_.reset(SSL_new(tls.get()));
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket_) != 1) fail("TLS cannot be set up", "out of memory");
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl_.get());
  const bool is_address = X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1;
  if (!is_address && (SSL_set1_host(ssl_.get(), host.c_str()) != 1 ||
                      SSL_set_tlsext_host_name(ssl_.get(), host.c_str()) != 1))
    fail("TLS cannot be set up", "its host is no name that a certificate can have");
  for (;;) {
    const int result = SSL_connect(ssl_.get());
    if (result == 1) return;
    if (const long verified = SSL_get_verify_result(ssl_.get()); verified != X509_V_OK)
      fail("its certificate is refused", X509_verify_cert_error_string(verified));
    wait_for_ssl(result, "TLS fails", deadline);
  }
}

void Stream::wait(short events, Deadline deadline) const {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) fail("it is too slow", "the time limit is over");
    pollfd polled{.fd = socket_, .events = events, .revents = 0};
    const int ready = poll(&polled, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) fail("the connection cannot be watched", errno_text(errno).c_str());
  }
}

void Stream::wait_for_ssl(int result, const char* doing, Deadline deadline) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return wait(POLLIN, deadline);
    case SSL_ERROR_WANT_WRITE:
      return wait(POLLOUT, deadline);
    default:
      fail(doing, openssl_text().c_str());
  }
}

void Stream::write(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (ssl_) {
      const int written = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
      if (written > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(written));
      } else {
        wait_for_ssl(written, "it cannot be written to", deadline);
      }
      continue;
    }
    const ssize_t written = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      wait(POLLOUT, deadline);
    } else if (errno != EINTR) {
      fail("it cannot be written to", errno_text(errno).c_str());
    }
  }
}

std::string Stream::read(std::size_t size, Deadline deadline) {
  std::string bytes(size, '\0');
  for (std::size_t at = 0; at < size;) {
    if (ssl_) {
      const int got = SSL_read(ssl_.get(), bytes.data() + at, static_cast<int>(size - at));
      if (got > 0) {
        at += static_cast<std::size_t>(got);
      } else {
        wait_for_ssl(got, "it cannot be read from", deadline);
      }
      continue;
    }
    const ssize_t got = ::recv(socket_, bytes.data() + at, size - at, 0);
    if (got > 0) {
      at += static_cast<std::size_t>(got);
    } else if (got == 0) {
      fail("it cannot be read from", "the connection was closed");
    } else if (errno == EAGAIN) {
      wait(POLLIN, deadline);
    } else if (errno != EINTR) {
      fail("it cannot be read from", errno_text(errno).c_str());
    }
  }
  return bytes;
}

}  // namespace relay
