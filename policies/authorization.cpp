#include "policies/authorization.hpp"

#include "policies/addresses.hpp"

#include <algorithm>

namespace doorward {
namespace {

bool grants(std::span<const AddressRule> rules, bool Operations::* operation) {
  return std::ranges::any_of(rules, [=](const AddressRule& rule) { return rule.operations.*operation; });
}

}  // namespace

Authorization authorize(std::span<const AddressRule> rules) {
  Authorization result;
  if (grants(rules, &Operations::manage)) result.groups.emplace_back(manage_group);
  if (grants(rules, &Operations::view)) result.groups.emplace_back(monitor_group);
  for (const AddressRule& rule : rules) {
    if (!rule.operations.send && !rule.operations.recv) continue;
    for (const std::string& address : rule.addresses) {
      if (!check_address(address)) continue;
      Permissions& permissions = result.addresses[address];
      permissions.send |= rule.operations.send;
      permissions.recv |= rule.operations.recv;
    }
  }
  return result;
}

Authorization full_access() {
  Authorization result;
  result.groups.emplace_back(manage_group);
  result.limited = false;
  return result;
}

}  // namespace doorward
