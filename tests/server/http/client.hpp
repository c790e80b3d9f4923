#pragma once
// A client that sends exactly the bytes it is given, over TLS or without.
#include "server/net/socket.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace doorward::http {

struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;
};

class Client {
 public:
  // Connects; without a context it stays without TLS.
  Client(std::uint16_t port, std::shared_ptr<SSL_CTX> context);

  bool secured() const { return secured_; }
  // False where the server has closed.
  bool send(std::string_view bytes);
  // One whole response, its chunks put together. Nothing where the server closes before its end.
  std::optional<Answer> answer(bool head = false);
  // What follows, until `mark` is in it; nothing where the server closes before.
  std::optional<std::string> until(std::string_view mark);
  // Everything until the server closes.
  std::string rest();
  bool closed() { return rest().empty(); }
  // Goes without a word.
  void vanish();

 private:
  bool more();

  Descriptor socket_;
  std::shared_ptr<SSL_CTX> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  bool secured_ = false;
  std::string received_;
};

}  // namespace doorward::http
