#pragma once
// The rules of a user without what they say twice, for the record that each login reads. Pure functions, any
// thread.
#include "store/model/user.hpp"

#include <span>
#include <vector>

namespace doorward {

// The same rules in the same places, without the addresses that give nothing which a rule before has not
// given: they say the same to authorize() and explain(), and have each address twice at most, once for each
// of `send` and `recv`. Rules that give nothing more are left out at the end, where nobody's place depends on
// them; the first one stays, so that no rules and empty ones remain two things.
std::vector<AddressRule> without_repeats(std::span<const AddressRule> rules);

}  // namespace doorward
