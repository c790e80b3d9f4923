#pragma once
// What a router or broker does for each client login: connects, plays the client's SASL exchange, and reads
// from the service's `open` who the client is and what it may do. It lacks only the client, whose side Cyrus
// SASL takes. For `doorward login` and tests; blocks the thread that calls, until a deadline at most.
#include "server/amqp/wire/open.hpp"
#include "server/delegate/peer.hpp"
#include "store/model/login_fact.hpp"
#include "store/model/result.hpp"
#include "store/model/secret.hpp"

#include <chrono>
#include <string>
#include <variant>
#include <vector>

namespace doorward::delegate {

struct Attempt {
  Peer peer;
  std::string realm;      // sasl-init's hostname; may be empty
  std::string mechanism;  // empty: the strongest offered that fits
  std::string username;   // empty: ANONYMOUS, EXTERNAL or GSSAPI
  Secret password;
  std::string ticket_host;  // GSSAPI: the ticket is for amqp/HOST; empty: the peer's host
  bool desire_address_authz = true;
  std::string container_id = "doorward-login";
  std::chrono::milliseconds timeout{10'000};  // for all of it
};

struct LetIn {
  wire::Identity identity;
};
struct Refused {
  SaslCode code = SaslCode::auth;  // never ok
  std::string advice;              // what it may mean, and where to look
};
struct Verdict {
  std::vector<std::string> offered;  // as the service sent them
  std::string mechanism;
  std::variant<LetIn, Refused> answer;
};

// An error where the service could not be asked, or does not behave as one: it says what to do.
Result<Verdict> log_in(Attempt attempt);

}  // namespace doorward::delegate
