#pragma once
// A SASL mechanism of the server's side (RFC 4422) as a state machine without I/O. It takes the client's
// messages and says what it needs; who fetches that, and on which thread, is the login's business. One object
// serves one exchange, on one thread at a time.
#include "store/model/login_fact.hpp"
#include "store/model/scram_credential.hpp"
#include "store/model/secret.hpp"

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace doorward {

// Send this to the client and give its answer to step(). May be empty.
struct Challenge {
  std::string data;
};

// The exchange is over and the client is `username`.
struct Success {
  std::string username;
};

// The exchange is over. `code` goes to the client, `reason` to the log.
struct Failure {
  SaslCode code = SaslCode::auth;
  LoginReason reason = LoginReason::malformed_message;
};

// Look up this user's credential for `hash` and call resume() with it: for a user or credential that does not
// exist with a decoy, so that the exchange goes on in the same steps.
struct NeedCredential {
  std::string username;  // prepared (SASLprep, or the raw bytes where that fails)
  ScramHash hash;
};

// Verify this password for this user and call resume_verified() with the verdict. May take milliseconds of
// CPU time: not on an event loop.
struct NeedVerification {
  std::string username;
  Secret password;
};

// Have this token reviewed and call resume_reviewed() with what came of it. Takes a round trip to another
// server: not on an event loop.
struct NeedTokenReview {
  std::string username;  // prepared, and must be the one that the token is of; empty: whoever that is
  Secret token;
};
// Whom the token is of; or how the exchange ends.
using Reviewed = std::expected<std::string, Failure>;

using Step = std::variant<Challenge, Success, Failure, NeedCredential, NeedVerification, NeedTokenReview>;

class Mechanism {
 public:
  virtual ~Mechanism() = default;

  // The client's next message. The first is the initial response; a client that sent none, or an empty one,
  // is asked by an empty Challenge first where the mechanism needs it.
  virtual Step step(std::string_view message) = 0;

  // The answers to NeedCredential, NeedVerification and NeedTokenReview. Calling one that was not asked for
  // ends the exchange with `sys` (a defect of the caller, never of the client).
  virtual Step resume(const ScramCredential& credential);
  virtual Step resume_verified(bool verified);
  virtual Step resume_reviewed(const Reviewed& reviewed);
};

}  // namespace doorward
