#pragma once
// The TokenReview of Kubernetes (`authentication.k8s.io/v1`) as bytes: what is asked, and what an answer
// says. An answer lets somebody in only where it says all of it. Pure functions.
#include "server/reviews/token_reviews.hpp"
#include "store/model/secret.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace doorward {

inline constexpr std::string_view token_review_path = "/apis/authentication.k8s.io/v1/tokenreviews";

// `audiences` are those that a token must be for one of; empty: that of the API server.
// REQUIRES: the token is as fault_of_token() wants it.
Secret token_review_request(const Secret& token, std::span<const std::string> audiences);

// What an answer of that HTTP status with that body says of the token. `now` tells an expired token from
// another bad one, in the log only.
Review read_token_review(int status, std::string_view body, const Secret& token,
                         std::span<const std::string> audiences, std::chrono::sys_seconds now);

}  // namespace doorward
