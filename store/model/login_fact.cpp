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

std::string_view to_string(HeldBy what) {
  switch (what) {
    case HeldBy::nothing:
      return "nothing";
    case HeldBy::plan:
      return "plan";
    case HeldBy::guesses:
      return "guesses";
  }
  return "nothing";
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
    case LoginReason::token_malformed:
      return "token_malformed";
    case LoginReason::token_too_long:
      return "token_too_long";
    case LoginReason::token_expired:
      return "token_expired";
    case LoginReason::token_of_other_audience:
      return "token_of_other_audience";
    case LoginReason::token_rejected:
      return "token_rejected";
    case LoginReason::token_of_other_user:
      return "token_of_other_user";
    case LoginReason::not_a_service_account:
      return "not_a_service_account";
    case LoginReason::review_not_configured:
      return "review_not_configured";
    case LoginReason::review_misconfigured:
      return "review_misconfigured";
    case LoginReason::review_unauthorized:
      return "review_unauthorized";
    case LoginReason::review_forbidden:
      return "review_forbidden";
    case LoginReason::review_throttled:
      return "review_throttled";
    case LoginReason::review_redirected:
      return "review_redirected";
    case LoginReason::review_server_error:
      return "review_server_error";
    case LoginReason::review_not_json:
      return "review_not_json";
    case LoginReason::review_malformed:
      return "review_malformed";
    case LoginReason::review_without_user:
      return "review_without_user";
    case LoginReason::review_cut:
      return "review_cut";
    case LoginReason::review_too_long:
      return "review_too_long";
    case LoginReason::review_certificate:
      return "review_certificate";
    case LoginReason::review_unreachable:
      return "review_unreachable";
    case LoginReason::review_timed_out:
      return "review_timed_out";
    case LoginReason::reviews_overloaded:
      return "reviews_overloaded";
    case LoginReason::service_not_ready:
      return "service_not_ready";
    case LoginReason::store_unavailable:
      return "store_unavailable";
    case LoginReason::overloaded:
      return "overloaded";
    case LoginReason::plan_limit:
      return "plan_limit";
    case LoginReason::bridge_unavailable:
      return "bridge_unavailable";
    case LoginReason::bridge_fault:
      return "bridge_fault";
    case LoginReason::audit_unavailable:
      return "audit_unavailable";
    case LoginReason::timed_out:
      return "timed_out";
    case LoginReason::peer_gone:
      return "peer_gone";
    case LoginReason::protocol_error:
      return "protocol_error";
    case LoginReason::frame_too_long:
      return "frame_too_long";
    case LoginReason::internal:
      return "internal";
  }
  return "internal";
}

}  // namespace doorward
