#pragma once
// One side of a SASL exchange, played by a library that we did not write. The tests let two sides talk.
#include "store/model/scram_credential.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace doorward::judges {

struct Account {
  std::string username;
  std::string password;
  std::string authzid = {};
};

class Peer {
 public:
  enum class State { talking, satisfied, refused };

  virtual ~Peer() = default;

  // The next message to send, after the other side's (empty at a client's beginning).
  virtual std::string step(std::string_view message) = 0;
  // Satisfied: the library says that the exchange is complete, and with SCRAM that the other side knows what
  // it should.
  State state() const { return state_; }

 protected:
  State state_ = State::talking;
};

// Cyrus SASL. The second client could bind to a channel but was not offered it, which makes its gs2 flag `y`.
// The server finds the verifier (ScramCredential::format) as `authPassword` in an auxprop plugin.
std::unique_ptr<Peer> cyrus_client(std::string_view mechanism, const Account& account);
std::unique_ptr<Peer> cyrus_client_with_y(std::string_view mechanism, const Account& account);
std::unique_ptr<Peer> cyrus_server(std::string_view mechanism, const ScramCredential& credential);

// GNU SASL, which knows no SCRAM-SHA-512.
std::unique_ptr<Peer> gsasl_client(std::string_view mechanism, const Account& account);
std::unique_ptr<Peer> gsasl_server(std::string_view mechanism, const ScramCredential& credential);

}  // namespace doorward::judges
