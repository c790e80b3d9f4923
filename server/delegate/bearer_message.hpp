#pragma once
// The client's only message of OAUTHBEARER (RFC 7628 section 3.1) and XOAUTH2: Debian's Cyrus SASL has
// neither.
#include <string>
#include <string_view>

namespace doorward::delegate {

bool is_bearer_mechanism(std::string_view mechanism);

// Holds the token: the caller wipes it. `username` may be empty: whoever the token is for.
// REQUIRES: is_bearer_mechanism(mechanism)
std::string bearer_message(std::string_view mechanism, std::string_view username, std::string_view token);

// What ends the exchange where the service tells by a challenge that the token is not good.
std::string_view bearer_farewell(std::string_view mechanism);

}  // namespace doorward::delegate
