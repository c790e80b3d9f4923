#pragma once
// Which addresses a rule may name. What a delegate would read as something else than it says is refused when
// it is written, and never sent; what delegates read differently is accepted with a warning. Pure functions.
#include "store/model/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace doorward {

inline constexpr std::size_t max_address_bytes = 1'024;

// Refuses, with the reason and what to do: an empty address, more than max_address_bytes, bad UTF-8, control
// characters, a space at an end, a comma (a router would read several addresses, `a,*` as everything), and
// `${` (a router would put names of its own in its place).
Result<> check_address(std::string_view address);

// A sentence for each character that delegates read differently: `#`, `+`, and a `*` wherever it stands: at
// the end of `a/*` it lets a broker into `a`, too. `*` alone is everything to all of them.
std::vector<std::string> address_warnings(std::string_view address);

}  // namespace doorward
