#pragma once
// The SASL performatives of AMQP 1.0 part 5, section 5.3.3, as values: decoded from the body of a frame,
// encoded as a whole frame. Both directions, since `doorward login`, the relay and the tests play the client.
//
// Decoders take 8-bit and 32-bit forms of everything, check every bound, never recurse, and allocate nothing
// for a count that a peer made up. The views they return point into the frame and die with it.
#include "store/model/login_fact.hpp"
#include "store/model/result.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace doorward::wire {

struct SaslMechanisms {
  std::vector<std::string_view> mechanisms;
};
struct SaslInit {
  std::string_view mechanism;
  std::optional<std::string_view> initial_response;
  std::string_view hostname;  // empty where the peer sent none
};
struct SaslChallenge {
  std::string_view challenge;
};
struct SaslResponse {
  std::string_view response;
};
struct SaslOutcome {
  SaslCode code = SaslCode::sys;
  std::optional<std::string_view> additional_data;
};

// Each refuses a performative of another type, a missing mandatory field, a wrong field type and whatever is
// malformed, with ErrorCode::invalid. Fields behind the ones that the specification names are an error.
Result<SaslMechanisms> parse_sasl_mechanisms(std::string_view body);
Result<SaslInit> parse_sasl_init(std::string_view body);
Result<SaslResponse> parse_sasl_response(std::string_view body);

// What a client may get after its init: a challenge or the outcome.
using SaslChallengeOrOutcome = std::variant<SaslChallenge, SaslOutcome>;
Result<SaslChallengeOrOutcome> parse_sasl_challenge_or_outcome(std::string_view body);

// Whole SASL frames, ready to send.
std::string encode(const SaslMechanisms& frame);
std::string encode(const SaslInit& frame);
std::string encode(const SaslChallenge& frame);
std::string encode(const SaslResponse& frame);
std::string encode(const SaslOutcome& frame);

}  // namespace doorward::wire
