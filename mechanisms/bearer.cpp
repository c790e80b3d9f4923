// See bearer.hpp.
#include "mechanisms/bearer.hpp"

#include "mechanisms/bearer_message.hpp"
#include "mechanisms/saslprep.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace doorward {

struct BearerForm {
  std::string_view mechanism;
  std::expected<BearerMessage, LoginReason> (*parse)(std::string_view message);
  // The error result: `status` is of the registry of RFC 6750 with OAUTHBEARER, an HTTP status with XOAUTH2.
  std::string_view bad_request, bad_token;
};

namespace {

constexpr BearerForm forms[] = {{.mechanism = "OAUTHBEARER",
                                 .parse = parse_oauthbearer,
                                 .bad_request = R"({"status":"invalid_request"})",
                                 .bad_token = R"({"status":"invalid_token"})"},
                                {.mechanism = "XOAUTH2",
                                 .parse = parse_xoauth2,
                                 .bad_request = R"({"status":"400","schemes":"bearer"})",
                                 .bad_token = R"({"status":"401","schemes":"bearer"})"}};

}  // namespace

Step BearerMechanism::step(std::string_view message) {
  switch (awaits_) {
    case Awaits::message:
      break;
    case Awaits::review:
      return end({SaslCode::sys, LoginReason::internal});
    case Awaits::farewell:
      return end(failure_);
    case Awaits::nothing:
      return Failure{SaslCode::auth, LoginReason::too_many_steps};
  }
  if (message.empty() && !std::exchange(asked_, true)) return Challenge{};

  auto bearer = form_.parse(message);
  if (!bearer) return refuse({SaslCode::auth, bearer.error()}, form_.bad_request);
  awaits_ = Awaits::review;
  return NeedTokenReview{saslprep(bearer->username), Secret(bearer->token)};
}

Step BearerMechanism::resume_reviewed(const Reviewed& reviewed) {
  if (awaits_ != Awaits::review) return end({SaslCode::sys, LoginReason::internal});
  if (!reviewed) {
    // That nobody could be asked is no fault of the token, and there is nothing to tell about it.
    if (reviewed.error().code != SaslCode::auth) return end(reviewed.error());
    return refuse(reviewed.error(), form_.bad_token);
  }
  awaits_ = Awaits::nothing;
  return Success{*reviewed};
}

Step BearerMechanism::end(Failure failure) {
  awaits_ = Awaits::nothing;
  return failure;
}

Step BearerMechanism::refuse(Failure failure, std::string_view challenge) {
  awaits_ = Awaits::farewell;
  failure_ = failure;
  return Challenge{std::string(challenge)};
}

std::unique_ptr<Mechanism> make_bearer_mechanism(std::string_view name) {
  const auto* form = std::ranges::find(forms, name, &BearerForm::mechanism);
  if (form == std::end(forms)) return nullptr;
  return std::make_unique<BearerMechanism>(*form);
}

}  // namespace doorward
