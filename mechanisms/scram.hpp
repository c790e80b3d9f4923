#pragma once
// SCRAM's server side (RFC 5802, RFC 7677), without channel binding, as a state machine over
// scram_message.hpp:
//
//   client-first -> NeedCredential -> server-first -> client-final -> server-final -> "" -> Success
//
// server-final goes out as a challenge, which the client answers with an empty response: a router loses the
// additional data of an outcome.
#include "mechanisms/mechanism.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace doorward {

class ScramMechanism : public Mechanism {
 public:
  // `server_nonce`: printable ASCII without a comma, and never used before (scram_nonce()).
  ScramMechanism(ScramHash hash, std::string server_nonce);

  Step step(std::string_view message) override;
  Step resume(const ScramCredential& credential) override;

 private:
  enum class Awaits : std::uint8_t { client_first, credential, client_final, acknowledgement, nothing };

  Step client_first(std::string_view message);
  Step client_final(std::string_view message);
  Step acknowledgement(std::string_view message);
  Step end(SaslCode code, LoginReason reason);

  ScramHash hash_;
  Awaits awaits_ = Awaits::client_first;
  bool asked_ = false;  // for client-first, by an empty challenge
  std::string username_;
  std::string channel_binding_;  // the `c=` that must come: the gs2 header in base64
  std::string nonce_;            // the server's, then the client's and the server's
  std::string auth_message_;     // as far as it has been spoken
  std::vector<ScramKeys> keys_;  // of the credential that the exchange began with
};

// A nonce for one exchange: 144 random bits.
std::string scram_nonce();

}  // namespace doorward
