#pragma once
// What a user may do, made from the rules once for each record: the wire forms for delegates and the
// explanation for people come from the same value, so that they cannot disagree.
#include "store/model/user.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace doorward {

// The groups that rules give. Delegates honour `manage` and `admin`; `admin` is never made here.
inline constexpr std::string_view manage_group = "manage";
inline constexpr std::string_view monitor_group = "monitor";

struct Permissions {
  bool send = false;
  bool recv = false;
  bool operator==(const Permissions&) const = default;
};

struct Authorization {
  // The `groups` property.
  std::vector<std::string> groups;
  // The `address-authz` property. Without `limited` the property and the capability are left out, which tells
  // a delegate not to limit the client (a `none` service); with it the map is sent always, even empty.
  bool limited = true;
  std::map<std::string, Permissions, std::less<>> addresses;
  bool operator==(const Authorization&) const = default;
};

// The union of the rules: `manage` and `view` become groups and ignore the addresses. An address that
// check_address() refuses is left out: it must never reach a delegate.
Authorization authorize(std::span<const AddressRule> rules);

// What a `none` service grants: group `manage`, no limit.
Authorization full_access();

}  // namespace doorward
