#pragma once
// OAUTHBEARER (RFC 7628) and XOAUTH2, server side: one message with a token, one review. A token that is not
// good is answered by a challenge that says so in JSON; whatever the client answers to that, the exchange is
// then over (RFC 7628 section 3.2.2).
#include "mechanisms/mechanism.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace doorward {

// How the one mechanism differs from the other. All data is static.
struct BearerForm;

class BearerMechanism : public Mechanism {
 public:
  explicit BearerMechanism(const BearerForm& form) : form_(form) {}

  // The caller wipes the message: it holds the token.
  Step step(std::string_view message) override;
  Step resume_reviewed(const Reviewed& reviewed) override;

 private:
  enum class Awaits : std::uint8_t { message, review, farewell, nothing };

  Step end(Failure failure);
  Step refuse(Failure failure, std::string_view challenge);

  const BearerForm& form_;
  Awaits awaits_ = Awaits::message;
  bool asked_ = false;  // for the message, by an empty challenge
  Failure failure_;     // once it has been told by a challenge
};

// Null where it is neither `OAUTHBEARER` nor `XOAUTH2`.
std::unique_ptr<Mechanism> make_bearer_mechanism(std::string_view name);

}  // namespace doorward
