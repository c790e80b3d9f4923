#pragma once
// How each kind of delegate reads an entry of `address-authz`. Both get the same map and read it differently,
// so whether a user may do something at an address is a question about a delegate.
//
//   router  an exact address, or a prefix where the entry ends with `*`; `*` alone is everything;
//           `#`, `+` and any other `*` are the characters themselves
//   broker  (as EnMasse configures Artemis) `/` separates words, `+` stands for one word or the rest of one,
//           `#` for any number of words, also none, and every `*` is rewritten to `#` before it is read
#include "policies/authorization.hpp"

#include <optional>
#include <string_view>

namespace doorward {

enum class Delegate : std::uint8_t { router, broker };
inline constexpr Delegate all_delegates[] = {Delegate::router, Delegate::broker};
std::string_view to_string(Delegate delegate);  // router, broker

enum class Operation : std::uint8_t { send, recv, view, manage };
std::string_view to_string(Operation operation);  // send, recv, view, manage
std::optional<Operation> parse_operation(std::string_view text);

// Whether the delegate lets `entry` stand for `address`. Costs the sum of their lengths.
// REQUIRES: an address of max_address_bytes (addresses.hpp) at most.
bool matches(Delegate delegate, std::string_view entry, std::string_view address);

// The entry of `authorization.addresses` by which the delegate allows send or recv at `address`: the address
// itself where that is one, else the first in order. Nothing: not allowed. The view lives as long as the
// authorization.
// REQUIRES: authorization.limited, and send or recv; an address of max_address_bytes at most.
std::optional<std::string_view> entry_for(const Authorization& authorization, Delegate delegate,
                                          Operation operation, std::string_view address);

// Whether the delegate will let the user. `view` and `manage` ignore the address.
bool may(const Authorization& authorization, Delegate delegate, Operation operation,
         std::string_view address);

}  // namespace doorward
