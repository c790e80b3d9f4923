#include "server/login/exchange.hpp"

#include <utility>
#include <variant>

namespace doorward {

AuthenticationExchange::AuthenticationExchange(std::unique_ptr<Mechanism> mechanism)
    : mechanism_(std::move(mechanism)) {}

Step AuthenticationExchange::message(std::string_view text) {
  ++messages_;
  bytes_ += text.size();
  if (!mechanism_ || messages_ > max_messages) return end({SaslCode::auth, LoginReason::too_many_steps});
  if (bytes_ > max_bytes) return end({SaslCode::auth, LoginReason::malformed_message});
  return follow(mechanism_->step(text));
}

Step AuthenticationExchange::credential(const ScramCredential& credential) {
  if (!mechanism_) return end({SaslCode::sys, LoginReason::internal});
  return follow(mechanism_->resume(credential));
}

Step AuthenticationExchange::verdict(bool verified) {
  if (!mechanism_) return end({SaslCode::sys, LoginReason::internal});
  Step step = follow(mechanism_->resume_verified(verified));
  // A mechanism that lets somebody in against the verdict is at fault, and nobody gets in by that.
  if (!verified && std::holds_alternative<Success>(step)) return end({SaslCode::sys, LoginReason::internal});
  return step;
}

Step AuthenticationExchange::reviewed(const Reviewed& reviewed) {
  if (!mechanism_) return end({SaslCode::sys, LoginReason::internal});
  Step step = follow(mechanism_->resume_reviewed(reviewed));
  // The same, and nobody gets in as another one than the token is of.
  const auto* success = std::get_if<Success>(&step);
  if (success && (!reviewed || success->username != *reviewed)) {
    return end({SaslCode::sys, LoginReason::internal});
  }
  return step;
}

Step AuthenticationExchange::follow(Step step) {
  if (std::holds_alternative<Success>(step) || std::holds_alternative<Failure>(step)) mechanism_.reset();
  return step;
}

Step AuthenticationExchange::end(Failure failure) {
  mechanism_.reset();
  return failure;
}

}  // namespace doorward
