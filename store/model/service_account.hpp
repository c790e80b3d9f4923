#pragma once
// Kubernetes service accounts, as a login names them. Pure functions.
#include <string_view>

namespace doorward {

// Given as the user name where the token alone says whose it is: EnMasse's clients do so.
inline constexpr std::string_view any_service_account = "@@serviceaccount@@";

// `system:serviceaccount:NAMESPACE:NAME`, which is what a TokenReview calls a service account, and what its
// MessagingUser has as `spec.username`.
bool is_service_account_name(std::string_view text);

}  // namespace doorward
