#include "tests/server/reviews/fake_api_server.hpp"

#include "store/model/base64.hpp"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <csignal>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

namespace doorward {
namespace {

void check(bool done) {
  if (!done) throw std::runtime_error("the API server of the tests does not start");
}

int take_any_certificate(int, X509_STORE_CTX*) { return 1; }

std::string name_of_client(const SSL* ssl) {
  const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(ssl), &X509_free);
  if (!shown) return "";
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name.data(), name.size());
  return name.data();
}

std::size_t content_length(std::string_view head) {
  constexpr std::string_view field = "Content-Length: ";
  const std::size_t at = head.find(field);
  std::size_t length = 0;
  if (at != std::string_view::npos) {
    const std::string_view digits = head.substr(at + field.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), length);
  }
  return length;
}

// False where the client has gone.
bool read_request(SSL* ssl, FakeApiServer::Request& request) {
  std::string read;
  std::size_t end = std::string::npos;
  std::array<char, 4096> some;
  while (end == std::string::npos || read.size() < end + 4 + content_length(read.substr(0, end))) {
    const int count = SSL_read(ssl, some.data(), some.size());
    if (count <= 0) return false;
    read.append(some.data(), static_cast<std::size_t>(count));
    end = read.find("\r\n\r\n");
  }
  request.head = read.substr(0, end);
  request.body = read.substr(end + 4);
  return true;
}

std::string base64url(std::string_view bytes) {
  std::string text = base64_encode(bytes);
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text.substr(0, text.find('='));
}

}  // namespace

FakeApiServer::FakeApiServer(const Credential& certificate, Script script, std::string host)
    : script_(std::move(script)),
      host_(std::move(host)),
      context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
  check(SSL_CTX_use_certificate(context_.get(), certificate.certificate.get()) == 1);
  check(SSL_CTX_use_PrivateKey(context_.get(), certificate.key.get()) == 1);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, take_any_certificate);
  SSL_CTX_set_session_id_context(context_.get(), reinterpret_cast<const unsigned char*>("test"), 4);
  SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
  // A client that has had enough is no end of the test.
  std::signal(SIGPIPE, SIG_IGN);
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  check(::inet_pton(AF_INET, host_.c_str(), &address.sin_addr) == 1);
  socklen_t size = sizeof address;
  check(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
  check(::listen(listener_, 64) == 0);
  check(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  accepting_ = std::jthread([this] { accept(); });
}

FakeApiServer::~FakeApiServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  accepting_.join();
  threads_.clear();
  ::close(listener_);
  for (const int socket : sockets_) ::close(socket);
}

std::size_t FakeApiServer::connections() const {
  const std::lock_guard lock(mutex_);
  return sockets_.size();
}

std::size_t FakeApiServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void FakeApiServer::accept() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (socket >= 0) sockets_.push_back(socket);
    if (stopping_ || socket < 0) return;
    threads_.emplace_back([this, socket] { serve(socket); });
  }
}

void FakeApiServer::serve(int socket) {
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context_.get()), &SSL_free);
  SSL_set_fd(ssl.get(), socket);
  Request request;
  bool open = SSL_accept(ssl.get()) == 1;
  while (open && read_request(ssl.get(), request)) {
    request.client = name_of_client(ssl.get());
    const char* asked_for = SSL_get_servername(ssl.get(), TLSEXT_NAMETYPE_host_name);
    request.server_name = asked_for == nullptr ? "" : asked_for;
    {
      const std::lock_guard lock(mutex_);
      ++requests_;
    }
    const Reply reply = script_(request);
    open = reply.bytes.empty() ||
           SSL_write(ssl.get(), reply.bytes.data(), static_cast<int>(reply.bytes.size())) > 0;
    open = open && !reply.close;
  }
  if (SSL_is_init_finished(ssl.get())) SSL_shutdown(ssl.get());
  ERR_clear_error();
  // The descriptor stays taken to the end, so that no other gets its number.
  ::shutdown(socket, SHUT_RDWR);
}

FakeApiServer::Reply reply(int status, std::string_view body, std::string_view type) {
  std::string bytes = "HTTP/1.1 " + std::to_string(status) + " Said\r\nContent-Type: ";
  bytes.append(type).append("\r\nContent-Length: ").append(std::to_string(body.size()));
  bytes.append("\r\n\r\n").append(body);
  return {.bytes = std::move(bytes)};
}

std::string token_review(const nlohmann::json& status) {
  const nlohmann::json review = {
      {"apiVersion", "authentication.k8s.io/v1"}, {"kind", "TokenReview"}, {"status", status}};
  return review.dump();
}

nlohmann::json authenticated(std::string_view username, std::vector<std::string> audiences) {
  nlohmann::json status = {{"authenticated", true},
                           {"user", {{"username", username}, {"uid", "u-1"}, {"groups", {"a", "b"}}}}};
  if (!audiences.empty()) status["audiences"] = audiences;
  return status;
}

std::string jwt(const nlohmann::json& claims) {
  return base64url(R"({"alg":"none"})") + '.' + base64url(claims.dump()) + ".c2ln";
}

}  // namespace doorward
