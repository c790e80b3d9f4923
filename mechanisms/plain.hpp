#pragma once
// PLAIN (RFC 4616), server side: one message, one verification. Nobody may act as somebody else. Under the
// name any_service_account the password is a service account's token, and is reviewed.
#include "mechanisms/mechanism.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace doorward {

inline constexpr std::size_t max_plain_name_bytes = 256;  // of the authzid, and of the authcid

// Views of the message that was parsed.
struct PlainMessage {
  std::string_view authzid;  // empty where there is none
  std::string_view authcid;
  std::string_view password;
};

// The names are UTF-8; a password may be any bytes without a NUL, as long as the frame that carried it.
std::optional<PlainMessage> parse_plain(std::string_view message);

class PlainMechanism : public Mechanism {
 public:
  // The caller wipes the message: it holds the password.
  Step step(std::string_view message) override;
  Step resume_verified(bool verified) override;
  Step resume_reviewed(const Reviewed& reviewed) override;

 private:
  enum class Awaits : std::uint8_t { message, verdict, review, nothing };

  Step end(SaslCode code, LoginReason reason);

  Awaits awaits_ = Awaits::message;
  bool asked_ = false;  // for the message, by an empty challenge
  std::string username_;
};

}  // namespace doorward
