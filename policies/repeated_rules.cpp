#include "policies/repeated_rules.hpp"

#include "policies/authorization.hpp"

#include <string>
#include <string_view>
#include <unordered_map>

namespace doorward {

std::vector<AddressRule> without_repeats(std::span<const AddressRule> rules) {
  std::vector<AddressRule> kept;
  std::unordered_map<std::string_view, Permissions> given;
  Operations groups;            // that rules before have given
  std::size_t last_needed = 1;  // how many rules there are up to the last one that gives something
  for (const AddressRule& rule : rules) {
    const Operations& gives = rule.operations;
    AddressRule& made = kept.emplace_back(AddressRule{.addresses = {}, .operations = gives});
    if ((gives.manage && !groups.manage) || (gives.view && !groups.view)) last_needed = kept.size();
    groups.manage |= gives.manage;
    groups.view |= gives.view;
    if (!gives.send && !gives.recv) continue;  // `manage` and `view` ignore the addresses
    for (const std::string& address : rule.addresses) {
      Permissions& before = given[address];
      const Permissions with{.send = before.send || gives.send, .recv = before.recv || gives.recv};
      if (with == before) continue;
      before = with;
      made.addresses.push_back(address);
      last_needed = kept.size();
    }
  }
  if (kept.size() > last_needed) kept.resize(last_needed);
  return kept;
}

}  // namespace doorward
