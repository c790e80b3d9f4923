#pragma once
// From the groups of a user to its rights, by templates: the setting `grants` of the bridges to systems that
// know groups and nothing of addresses. Pure functions; plugins/README.md explains the setting.
#include "plugins/plugin.hpp"
#include "plugins/shared/config.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace doorward_plugin_cpp {

// What a member of `group` (or, where it is empty, everybody who logs in) may do.
struct Grant {
  std::string group;
  std::vector<std::string> groups;     // that delegates see
  std::vector<std::string> addresses;  // `{group}` stands for `group`, other places for what the bridge knows
  std::uint64_t operations = 0;
};

// The field `grants`.
std::vector<Grant> read_grants(const Config& config);

// The field `rights`: whether those of a MessagingUser count (`stored`) and not `grants`.
bool read_stored_rights(const Config& config);

// What stands in the place `{name}`. Nothing: there is no such place, and the text stays as it is.
using Places = std::function<std::optional<std::string>(std::string_view name)>;

// A value is never looked through for further places.
std::string fill(std::string_view pattern, const Places& places);

// How the name of a group is compared with the one in a grant.
enum class GroupNames : std::uint8_t { exact, any_case };

// The rights that the grants give to somebody in these groups. An address whose place holds anything but
// letters, digits and `-_.@` is left out: `a*` is the name of somebody, and no wildcard.
Rights rights_of(const std::vector<Grant>& grants, const std::vector<std::string>& groups, GroupNames names,
                 const Places& places);

}  // namespace doorward_plugin_cpp
