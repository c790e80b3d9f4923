#pragma once
// What a user name becomes before it goes into a query. Pure functions.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ldap_bridge {

// The value of an assertion (RFC 4515 section 3): whatever could end it or mean something in it becomes \XX.
std::string escape_filter(std::string_view value);

// Puts escaped values in the places of `{name}`. A value is never looked through for further places.
std::string fill_filter(std::string_view filter,
                        const std::vector<std::pair<std::string, std::string>>& values);

}  // namespace ldap_bridge
