#include "tests/server/delegate/scripted_peer.hpp"

#include "server/amqp/wire/frame.hpp"
#include "server/amqp/wire/sasl.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace doorward::delegate {
namespace {

struct DelegateIsGone {};

}  // namespace

void Talk::send(std::string_view bytes) {
  // Whether the delegate still listens is for the test to say.
  if (tls_ != nullptr) {
    SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()));
    return;
  }
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string Talk::receive(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t have = 0; have < count;) {
    const auto got = tls_ != nullptr ? SSL_read(tls_, bytes.data() + have, static_cast<int>(count - have))
                                     : ::recv(fd_, bytes.data() + have, count - have, 0);
    if (got <= 0) throw DelegateIsGone();
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

std::string Talk::frame() {
  const std::string header = receive(wire::header_bytes);
  const Result<wire::FrameHeader> parsed = wire::parse_frame_header(header, 65'536);
  if (!parsed) {
    ADD_FAILURE() << "the delegate sent no frame: " << parsed.error().message;
    throw DelegateIsGone();
  }
  return receive(parsed->size - wire::header_bytes);
}

void Talk::fall_silent() {
  for (;;) receive(1);
}

void Talk::greet(std::string_view header) {
  EXPECT_EQ(receive(wire::header_bytes), header);
  send(header);
}

void Talk::offer(std::vector<std::string_view> mechanisms) {
  send(encode(wire::SaslMechanisms{std::move(mechanisms)}));
}

void Talk::outcome(SaslCode code) { send(encode(wire::SaslOutcome{code, std::nullopt})); }

void Talk::tell_identity(std::string_view username, const Authorization& authorization) {
  greet(wire::amqp_header);
  const std::string body = frame();
  const Result<wire::Open> open = wire::parse_open(body);
  EXPECT_TRUE(open && open->desires_address_authz && open->hostname == "a-space" &&
              !open->container_id.empty());
  send(encode(wire::OpenReply{"scripted", username, &authorization, true}));
  send(wire::encode_close());
  EXPECT_TRUE(wire::parse_close(frame())->has_value());
}

ScriptedPeer::ScriptedPeer(Script script, std::optional<ServerCertificate> tls)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), context_(nullptr, SSL_CTX_free) {
  if (tls) {
    std::signal(SIGPIPE, SIG_IGN);  // SSL_write to a delegate that is gone
    context_.reset(SSL_CTX_new(TLS_server_method()));
    EXPECT_EQ(SSL_CTX_use_certificate_file(context_.get(), tls->certificate_file.c_str(), SSL_FILETYPE_PEM),
              1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey_file(context_.get(), tls->key_file.c_str(), SSL_FILETYPE_PEM), 1);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(listener_, 1), 0);
  thread_ = std::thread([this, script = std::move(script)] { serve(script, context_.get()); });
}

ScriptedPeer::~ScriptedPeer() {
  ::shutdown(listener_, SHUT_RDWR);  // for a delegate that never came
  thread_.join();
  ::close(listener_);
}

void ScriptedPeer::serve(const Script& script, SSL_CTX* context) const {
  const int fd = ::accept(listener_, nullptr, nullptr);
  if (fd < 0) return;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const std::unique_ptr<SSL, void (*)(SSL*)> tls(context != nullptr ? SSL_new(context) : nullptr, SSL_free);
  if (tls) SSL_set_fd(tls.get(), fd);
  if (!tls || SSL_accept(tls.get()) == 1) {
    Talk talk(fd, tls.get());
    try {
      script(talk);
    } catch (const DelegateIsGone&) {
    }
  }
  ::close(fd);
}

std::string ScriptedPeer::port() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  return std::to_string(ntohs(address.sin_port));
}

Attempt ScriptedPeer::attempt() const {
  Attempt attempt;
  attempt.peer = {.host = "127.0.0.1", .port = port(), .tls = std::nullopt};
  attempt.realm = "a-space";
  attempt.mechanism = "PLAIN";
  attempt.username = "user";
  attempt.password = Secret(std::string_view("pencil"));
  return attempt;
}

}  // namespace doorward::delegate
