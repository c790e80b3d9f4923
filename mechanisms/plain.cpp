// See plain.hpp.
#include "mechanisms/plain.hpp"

#include "mechanisms/saslprep.hpp"
#include "store/model/names.hpp"
#include "store/model/service_account.hpp"

#include <utility>

namespace doorward {

//   message = [authzid] UTF8NUL authcid UTF8NUL passwd
//   authcid = 1*SAFE    ; MUST accept up to 255 octets
//   authzid = 1*SAFE    ; MUST accept up to 255 octets
//   passwd  = 1*SAFE    ; MUST accept up to 255 octets
//   SAFE    = any UTF-8 encoded Unicode character except NUL
// A password that is not UTF-8 is taken as its bytes, as it was when it was written.
std::optional<PlainMessage> parse_plain(std::string_view message) {
  const std::size_t first = message.find('\0');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = message.find('\0', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const PlainMessage out{.authzid = message.substr(0, first),
                         .authcid = message.substr(first + 1, second - first - 1),
                         .password = message.substr(second + 1)};
  if (out.authcid.empty() || out.password.empty() || out.password.contains('\0')) return std::nullopt;
  for (const std::string_view name : {out.authzid, out.authcid}) {
    if (name.size() > max_plain_name_bytes || !is_utf8(name)) return std::nullopt;
  }
  return out;
}

Step PlainMechanism::step(std::string_view message) {
  if (awaits_ == Awaits::verdict || awaits_ == Awaits::review)
    return end(SaslCode::sys, LoginReason::internal);
  if (awaits_ == Awaits::nothing) return end(SaslCode::auth, LoginReason::too_many_steps);
  if (message.empty() && !std::exchange(asked_, true)) return Challenge{};

  const auto plain = parse_plain(message);
  if (!plain) return end(SaslCode::auth, LoginReason::malformed_message);
  username_ = saslprep(plain->authcid);
  if (!plain->authzid.empty() && saslprep(plain->authzid) != username_) {
    return end(SaslCode::auth, LoginReason::foreign_authzid);
  }
  if (username_ == any_service_account) {
    awaits_ = Awaits::review;
    return NeedTokenReview{"", Secret(plain->password)};
  }
  awaits_ = Awaits::verdict;
  return NeedVerification{username_, Secret(plain->password)};
}

Step PlainMechanism::resume_verified(bool verified) {
  if (awaits_ != Awaits::verdict) return end(SaslCode::sys, LoginReason::internal);
  awaits_ = Awaits::nothing;
  if (!verified) return Failure{SaslCode::auth, LoginReason::wrong_password};
  return Success{username_};
}

Step PlainMechanism::resume_reviewed(const Reviewed& reviewed) {
  if (awaits_ != Awaits::review) return end(SaslCode::sys, LoginReason::internal);
  awaits_ = Awaits::nothing;
  if (!reviewed) return reviewed.error();
  return Success{*reviewed};
}

Step PlainMechanism::end(SaslCode code, LoginReason reason) {
  awaits_ = Awaits::nothing;
  return Failure{code, reason};
}

}  // namespace doorward
