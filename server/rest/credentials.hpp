#pragma once
// `GET .../messagingusers/NAME/credentials`: the verifiers of a user, for whoever may read this subresource.
// The one place of the API that lets them out; each answer is told to the audit as a read. Any thread.
#include "server/rest/call.hpp"
#include "store/store.hpp"

namespace doorward::rest {

inline constexpr std::string_view credentials_subresource = "credentials";
inline constexpr std::string_view credentials_kind = "MessagingUserCredentials";

const resources::Schema& credentials_schema();

// A `MessagingUserCredentials`: `credentials` can stand in `spec.authentication.credentials` as it is. What
// has ended of a rotation is left out; a user of another type than password has none.
Reply<Response> user_credentials(const Store& store, const Call& call);

}  // namespace doorward::rest
