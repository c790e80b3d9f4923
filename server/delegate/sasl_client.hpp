#pragma once
// The client's side of a SASL exchange, run by Cyrus SASL: protocol code that this project did not write, so
// that a login by it judges the server too. Only mechanisms that carry a token are our own. Cyrus verifies
// the server's signature where the mechanism has one. One object serves one exchange on one thread; Cyrus'
// process-wide state is set up by the first.
#include "store/model/result.hpp"
#include "store/model/secret.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct sasl_conn;

namespace doorward::delegate {

// Kerberos' mechanisms: GSSAPI, GS2-KRB5 and GSS-SPNEGO.
bool by_ticket(std::string_view mechanism);
// Whether a mechanism takes no user name and password, but what the user is known by already.
bool proves_without_password(std::string_view mechanism);

class SaslClient {
 public:
  // `username` empty: for ANONYMOUS, EXTERNAL by a certificate, and GSSAPI by the ticket that Kerberos has
  // for this user. `server` is the host in the name amqp/HOST that the ticket is for.
  static Result<SaslClient> make(std::string_view server, std::string_view username, Secret password);
  SaslClient(SaslClient&&) noexcept;
  SaslClient& operator=(SaslClient&&) = delete;
  ~SaslClient();

  struct Begin {
    std::string mechanism;
    std::optional<std::string> initial_response;
  };
  // `mechanism`, which must be among those offered; empty: the strongest of them that Cyrus and what is known
  // of the user allow.
  Result<Begin> begin(std::span<const std::string> offered, std::string_view mechanism);
  // The answer to a challenge, or to the additional data of an outcome. An error where the server's signature
  // is wrong.
  Result<std::string> step(std::string_view challenge);
  // The exchange is over as far as the client is concerned, and the server has proved what it has to.
  bool done() const { return done_; }

 private:
  struct Answers;
  SaslClient(sasl_conn* connection, std::unique_ptr<Answers> answers);
  std::string last_error() const;
  Result<std::string> choose(std::span<const std::string> offered, std::string_view mechanism) const;

  std::unique_ptr<Answers> answers_;  // what Cyrus asks for: it holds pointers to it
  std::unique_ptr<sasl_conn, void (*)(sasl_conn*)> connection_;
  std::string bearer_;  // the mechanism, as long as a challenge may still say that its token is not good
  bool done_ = false;
};

}  // namespace doorward::delegate
