#pragma once
// What a user name becomes before it goes into a query or an address. Pure functions.
#include "plugins/ldap/settings.hpp"
#include "plugins/plugin.hpp"

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

// The rights that the grants give to a user in these groups (by name, in any case of letters). A grant whose
// address would mean something else with the user's or group's name in it is left out: `a*` is the name of
// somebody, and no wildcard.
doorward_plugin_cpp::Rights rights_of(const std::vector<Grant>& grants, std::string_view username,
                                      const std::vector<std::string>& groups);

}  // namespace ldap_bridge
