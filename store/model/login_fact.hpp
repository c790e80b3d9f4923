#pragma once
// How a login ended, told once when it is over: what metrics count, the audit writes and the log says. It
// carries names, never secrets.
#include "store/model/realms.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace doorward {

// AMQP 1.0 part 5, section 5.3.3.6 (`sasl-code`).
enum class SaslCode : std::uint8_t { ok = 0, auth = 1, sys = 2, sys_perm = 3, sys_temp = 4 };
std::string_view to_string(SaslCode code);  // ok, auth, sys, sys_perm, sys_temp

// Why, for the log and the audit. The peer never sees it: it gets a SaslCode that tells no reason for `auth`.
enum class LoginReason : std::uint8_t {
  accepted,
  wrong_password,  // or a proof that does not verify
  unknown_user,
  unknown_realm,
  mechanism_not_available,  // unknown, not offered for the realm, or the user has no credential for it
  malformed_message,        // of the mechanism: base64, attributes, order, UTF-8, length
  unsupported_extension,    // SCRAM `m=`
  channel_binding,          // SCRAM `c=` or the gs2 flag do not fit
  nonce_mismatch,
  foreign_authzid,  // an authzid that the user may not assume
  too_many_steps,
  not_a_password_user,  // a federated or serviceaccount user with a mechanism that cannot prove it
  // A service account token that nobody gets in with. What it says of itself (expiry, audience) tells the
  // rejected ones apart; the review alone decides.
  token_malformed,  // bytes that no token has
  token_too_long,
  token_expired,
  token_of_other_audience,
  token_rejected,         // by the review or by a bridge, for another reason
  token_of_other_user,    // not the one that the login names
  not_a_service_account,  // a valid token of somebody who is no service account
  // No review could be had of the token.
  review_not_configured,
  review_misconfigured,  // our own credentials cannot be read
  review_unauthorized,   // 401: the API server does not know us
  review_forbidden,      // 403: we may not ask for reviews
  review_throttled,      // 429
  review_redirected,     // 3xx, which is not followed
  review_server_error,   // 5xx, and whatever other status is no answer
  review_not_json,       // HTML, say
  review_malformed,      // JSON that is no review
  review_without_user,   // authenticated, and nobody named
  review_cut,            // half a body, or none
  review_too_long,
  review_certificate,  // the server's is not of our CA, or not of its name
  review_unreachable,
  review_timed_out,
  reviews_overloaded,  // too many reviews wait
  service_not_ready,
  store_unavailable,
  overloaded,
  plan_limit,          // more logins than the plan of the address space allows
  bridge_unavailable,  // of an external service: it could not tell, or not in time
  bridge_fault,        // it, or what it answered, needs mending
  audit_unavailable,   // it cannot be written, and nobody is let in untold
  timed_out,           // deadline of the login
  peer_gone,           // closed or reset before the outcome
  protocol_error,      // of AMQP, before the outcome
  frame_too_long,      // a token that fits no frame, say: nothing of it was read
  internal,
};
std::string_view to_string(LoginReason reason);  // accepted, wrong_password, ...

// What a login was held back by, though the house could have served it.
enum class HeldBy : std::uint8_t {
  nothing,
  plan,     // the `logins-per-second` of its address space
  guesses,  // wrong passwords for its account: its own, or those of others
};
std::string_view to_string(HeldBy what);  // nothing, plan, guesses

// The way in. Others come later.
enum class Door : std::uint8_t { amqp };

struct LoginFact {
  Door door = Door::amqp;
  std::uint64_t login_id = 0;
  std::string peer;  // HOST:PORT of the delegate
  bool tls = false;
  std::string realm;         // as the peer named it, at most 256 bytes; not trusted
  bool realm_known = false;  // `realm` is a realm: fit for a metric label
  std::string mechanism;     // as the peer named it, at most 64 bytes; not trusted
  bool mechanism_known = false;
  std::optional<ServiceType> service_type;
  std::string username;             // as claimed by the peer, at most 256 bytes; not trusted; may be empty
  std::string container_id;         // of the delegate's `open`, when it came that far
  std::optional<SaslCode> outcome;  // none: the exchange ended before one was sent (aborted)
  LoginReason reason = LoginReason::internal;
  std::chrono::nanoseconds duration{0};
  HeldBy held_by = HeldBy::nothing;  // the last of them
  std::chrono::nanoseconds held{0};  // a part of `duration`
};

}  // namespace doorward
