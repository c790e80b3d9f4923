#include "tests/server/http/client.hpp"

#include <arpa/inet.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace doorward::http {

Client::Client(std::uint16_t port, std::shared_ptr<SSL_CTX> context)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), context_(std::move(context)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect");
  }
  if (!context_) return;
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_fd(ssl_.get(), socket_.get());
  SSL_set_tlsext_host_name(ssl_.get(), "localhost");
  secured_ = SSL_connect(ssl_.get()) == 1;
}

bool Client::send(std::string_view bytes) {
  if (ssl_) return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
  return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

bool Client::more() {
  char bytes[16'384];
  const ssize_t got =
      ssl_ ? SSL_read(ssl_.get(), bytes, sizeof bytes) : ::recv(socket_.get(), bytes, sizeof bytes, 0);
  if (got <= 0) return false;
  received_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

std::optional<std::string> Client::until(std::string_view mark) {
  for (;;) {
    if (const std::size_t at = received_.find(mark); at != std::string::npos) {
      std::string text = received_.substr(0, at + mark.size());
      received_.erase(0, text.size());
      return text;
    }
    if (!more()) return std::nullopt;
  }
}

std::string Client::rest() {
  while (more()) {
  }
  return std::exchange(received_, "");
}

std::optional<Answer> Client::answer(bool head) {
  Answer answer;
  auto line = until("\r\n");
  if (!line || !line->starts_with("HTTP/1.1 ")) return std::nullopt;
  answer.status = std::stoi(line->substr(9));
  while ((line = until("\r\n")) && *line != "\r\n") {
    const std::size_t colon = line->find(": ");
    answer.headers[line->substr(0, colon)] = line->substr(colon + 2, line->size() - colon - 4);
  }
  if (!line) return std::nullopt;
  if (head || answer.status == 100) return answer;
  if (answer.headers.contains("Transfer-Encoding")) {
    for (;;) {
      line = until("\r\n");
      if (!line) return std::nullopt;
      const std::size_t size = std::stoul(*line, nullptr, 16);
      while (received_.size() < size + 2) {
        if (!more()) return std::nullopt;
      }
      answer.body += received_.substr(0, size);
      received_.erase(0, size + 2);
      if (size == 0) return answer;
    }
  }
  const std::size_t size = std::stoul(answer.headers.at("Content-Length"));
  while (received_.size() < size) {
    if (!more()) return std::nullopt;
  }
  answer.body = received_.substr(0, size);
  received_.erase(0, size);
  return answer;
}

void Client::vanish() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ssl_.reset();
  socket_ = Descriptor();
}

}  // namespace doorward::http
