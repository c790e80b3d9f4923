#include "tests/server/amqp/peer.hpp"

#include "tests/server/amqp/frames.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

namespace doorward {
namespace {

constexpr int patience_ms = 60'000;

[[noreturn]] void give_up(const std::string& what) { throw std::runtime_error(what); }

void wait(int fd, short events) {
  pollfd waiting{fd, events, 0};
  const int ready = ::poll(&waiting, 1, patience_ms);
  if (ready == 0) give_up("the server did nothing for a minute");
  if (ready < 0 && errno != EINTR) give_up(std::strerror(errno));
}

SocketAddress parse_address(const std::string& text) {
  SocketAddress address;
  const std::size_t colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  if (host.front() == '[') {
    host = host.substr(1, host.size() - 2);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    v6.sin6_family = AF_INET6;
    inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr);
    address.size = sizeof v6;
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
    v4.sin_family = AF_INET;
    inet_pton(AF_INET, host.c_str(), &v4.sin_addr);
    address.size = sizeof v4;
  }
  address.set_port(static_cast<std::uint16_t>(std::stoi(text.substr(colon + 1))));
  return address;
}

}  // namespace

Peer::Peer(const std::string& address, int receive_buffer) {
  const SocketAddress server = parse_address(address);
  socket_ = Descriptor(::socket(server.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (receive_buffer > 0) {
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket_.get(), server.get(), server.size) != 0) give_up(std::strerror(errno));
}

bool Peer::secure(SSL_CTX* context, const std::string& server_name, SSL_SESSION* session) {
  ssl_.reset(SSL_new(context));
  SSL_set_fd(ssl_.get(), socket_.get());
  if (!server_name.empty()) SSL_set_tlsext_host_name(ssl_.get(), server_name.c_str());
  if (session != nullptr) SSL_set_session(ssl_.get(), session);
  ERR_clear_error();
  return SSL_connect(ssl_.get()) == 1;
}

bool Peer::try_send(std::string_view data) {
  while (!data.empty()) {
    std::size_t sent = 0;
    if (ssl_) {
      ERR_clear_error();
      if (SSL_write_ex(ssl_.get(), data.data(), data.size(), &sent) != 1) return false;
    } else {
      const ssize_t result = ::send(socket_.get(), data.data(), data.size(), MSG_NOSIGNAL);
      if (result < 0) return false;
      sent = static_cast<std::size_t>(result);
    }
    data.remove_prefix(sent);
  }
  return true;
}

void Peer::send(std::string_view data) {
  if (!try_send(data)) give_up("the server is gone");
}

std::size_t Peer::read_some(char* into, std::size_t size) {
  if (ssl_) {
    if (SSL_pending(ssl_.get()) == 0) wait(socket_.get(), POLLIN);
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl_.get(), into, size, &got);
    if (result == 1) return got;
    if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_ZERO_RETURN) return 0;
    give_up("the server ended without a close_notify");
  }
  wait(socket_.get(), POLLIN);
  const ssize_t got = ::recv(socket_.get(), into, size, 0);
  if (got < 0) give_up(std::strerror(errno));
  return static_cast<std::size_t>(got);
}

std::string Peer::read(std::size_t count) {
  std::string data(count, '\0');
  std::size_t held = 0;
  while (held < count) {
    const std::size_t got = read_some(data.data() + held, count - held);
    if (got == 0)
      give_up("the server ended after " + std::to_string(held) + " of " + std::to_string(count) + " bytes");
    held += got;
  }
  return data;
}

std::string Peer::read_frame(int& type) {
  const std::string head = read(8);
  std::size_t size = 0;
  for (int i = 0; i < 4; ++i)
    size = size << 8 | static_cast<unsigned char>(head[static_cast<std::size_t>(i)]);
  type = head[5];
  if (size < 8 || head[4] != 2) give_up("the server sent no frame");
  return read(size - 8);
}

std::string Peer::read_to_end() {
  std::string data;
  char chunk[4'096];
  while (const std::size_t got = read_some(chunk, sizeof chunk)) data.append(chunk, got);
  return data;
}

void Peer::wait_for_end() {
  pollfd waiting{socket_.get(), POLLRDHUP, 0};
  if (::poll(&waiting, 1, patience_ms) != 1) give_up("the server did not end for a minute");
}

void Peer::half_close() {
  if (ssl_) SSL_shutdown(ssl_.get());
  ::shutdown(socket_.get(), SHUT_WR);
}

void Peer::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ssl_.reset();
  socket_ = Descriptor();
}

void Peer::expect_offer() {
  if (read(8) != sasl_header) give_up("no SASL header");
  int type = 0;
  const std::string body = read_frame(type);
  if (type != 1 || !wire::parse_sasl_mechanisms(body)) give_up("no sasl-mechanisms");
}

std::string Peer::challenge() {
  int type = 0;
  const std::string body = read_frame(type);
  const auto answer = wire::parse_sasl_challenge_or_outcome(body);
  if (type != 1 || !answer || !std::holds_alternative<wire::SaslChallenge>(*answer))
    give_up("no sasl-challenge");
  return std::string(std::get<wire::SaslChallenge>(*answer).challenge);
}

SaslCode Peer::outcome() {
  int type = 0;
  const std::string body = read_frame(type);
  const auto answer = wire::parse_sasl_challenge_or_outcome(body);
  if (type != 1 || !answer || !std::holds_alternative<wire::SaslOutcome>(*answer)) give_up("no sasl-outcome");
  return std::get<wire::SaslOutcome>(*answer).code;
}

Peer::Reply Peer::reply() {
  if (read(8) != amqp_header) give_up("no AMQP header");
  Reply reply;
  int type = 1;
  const std::string open = read_frame(type);
  if (type != 0 || !wire::parse_open(open)) give_up("no open");
  if (auto identity = wire::parse_open_reply(open)) {
    reply.grants_nothing = identity->offers_address_authz && identity->address_authz &&
                           identity->address_authz->empty() && identity->groups.empty();
    if (!identity->sub.empty()) reply.identity = std::move(*identity);
  }
  const std::string close_body = read_frame(type);
  auto close = wire::parse_close(close_body);
  if (!close || !*close) give_up("no close");
  reply.close = **std::move(close);
  return reply;
}

}  // namespace doorward
