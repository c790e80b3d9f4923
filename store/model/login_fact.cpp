#include "store/model/login_fact.hpp"

namespace doorward {

std::string_view to_string(SaslCode code) {
  switch (code) {
    case SaslCode::ok:
      return "ok";
    case SaslCode::auth:
      return "auth";
    case SaslCode::sys:
      return "sys";
    case SaslCode::sys_perm:
      return "sys_perm";
    case SaslCode::sys_temp:
      return "sys_temp";
  }
  return "sys";
}

std::string_view to_string(LoginReason reason) {
  switch (reason) {
    case LoginReason::accepted:
      return "accepted";
    case LoginReason::wrong_password:
      return "wrong_password";
    case LoginReason::unknown_user:
      return "unknown_user";
    case LoginReason::unknown_realm:
      return "unknown_realm";
    case LoginReason::mechanism_not_available:
      return "mechanism_not_available";
    case LoginReason::malformed_message:
      return "malformed_message";
    case LoginReason::unsupported_extension:
      return "unsupported_extension";
    case LoginReason::channel_binding:
      return "channel_binding";
    case LoginReason::nonce_mismatch:
      return "nonce_mismatch";
    case LoginReason::foreign_authzid:
      return "foreign_authzid";
    case LoginReason::too_many_steps:
      return "too_many_steps";
    case LoginReason::not_a_password_user:
      return "not_a_password_user";
    case LoginReason::service_not_ready:
      return "service_not_ready";
    case LoginReason::store_unavailable:
      return "store_unavailable";
    case LoginReason::overloaded:
      return "overloaded";
    case LoginReason::timed_out:
      return "timed_out";
    case LoginReason::peer_gone:
      return "peer_gone";
    case LoginReason::protocol_error:
      return "protocol_error";
    case LoginReason::internal:
      return "internal";
  }
  return "internal";
}

}  // namespace doorward
