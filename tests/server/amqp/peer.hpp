#pragma once
// The other end of the connection, as a test drives it: blocking, over a real socket, plain or with TLS.
// Waiting for what never comes ends the test by an exception after a minute.
#include "server/amqp/wire/open.hpp"
#include "server/amqp/wire/sasl.hpp"
#include "server/net/socket.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace doorward {

class Peer {
 public:
  // `address` as AmqpServer::bound() says it. A `receive_buffer` shrinks what the kernel takes for a peer
  // that does not read.
  explicit Peer(const std::string& address, int receive_buffer = 0);
  Peer(Peer&&) = default;

  // Shakes hands; false where that fails. An empty `server_name` sends no SNI.
  bool secure(SSL_CTX* context, const std::string& server_name = {}, SSL_SESSION* session = nullptr);
  SSL* tls() { return ssl_.get(); }
  int descriptor() const { return socket_.get(); }

  void send(std::string_view bytes);
  // As far as the server takes it: false where the connection is gone.
  bool try_send(std::string_view bytes);
  std::string read(std::size_t count);
  // A whole frame's body; its type goes to `type`.
  std::string read_frame(int& type);
  // What comes until the server ends. Throws where it ends by a reset.
  std::string read_to_end();
  // Waits until the server has ended, without reading.
  void wait_for_end();

  void half_close();  // ends in order; may read on
  void reset();       // is gone at once, as by a crash

  // The steps of a login. Each throws where something else comes.
  void expect_offer();  // sends nothing; SASL header and sasl-mechanisms
  std::string challenge();
  SaslCode outcome();
  struct Reply {
    std::optional<wire::Identity> identity;  // none: an open that does not say who
    bool grants_nothing = false;             // it says so, by an empty address-authz
    wire::Close close;
  };
  Reply reply();  // AMQP header, open, close

 private:
  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  // 0: the server has ended.
  std::size_t read_some(char* into, std::size_t size);

  Descriptor socket_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

}  // namespace doorward
