#pragma once
// A service that says what a test tells it to, over a socket on the loopback: one connection, served by a
// thread of its own. A script ends when it returns, or when the delegate is gone and it wants to hear more
// from it.
#include "server/delegate/delegate.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include <openssl/ssl.h>

namespace doorward::delegate {

// What the script talks to.
class Talk {
 public:
  explicit Talk(int fd, SSL* tls) : fd_(fd), tls_(tls) {}

  void send(std::string_view bytes);
  // So many bytes; ends the script where the delegate ends the connection.
  std::string receive(std::size_t count);
  // The body of the delegate's next frame.
  std::string frame();
  // Waits until the delegate ends the connection: what silence looks like.
  void fall_silent();

  // The usual steps.
  void greet(std::string_view header);  // takes the delegate's protocol header, sends its own
  void offer(std::vector<std::string_view> mechanisms);
  void outcome(SaslCode code);
  // From the AMQP header to the delegate's close.
  void tell_identity(std::string_view username, const Authorization& authorization);

 private:
  int fd_;
  SSL* tls_;
};

struct ServerCertificate {
  std::string certificate_file;
  std::string key_file;
};

class ScriptedPeer {
 public:
  using Script = std::function<void(Talk&)>;
  explicit ScriptedPeer(Script script, std::optional<ServerCertificate> tls = std::nullopt);
  ~ScriptedPeer();

  // An attempt by PLAIN for the user `user` with the password `pencil` of the realm `a-space`, soon given up.
  Attempt attempt() const;
  std::string port() const;

 private:
  void serve(const Script& script, SSL_CTX* context) const;

  int listener_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::thread thread_;
};

}  // namespace doorward::delegate
