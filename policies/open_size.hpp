#pragma once
// How large the `open` reply gets that carries a user's rules. It cannot be split over frames, so a user
// whose reply delegates would refuse is refused when written. Pure functions.
#include "policies/authorization.hpp"
#include "store/model/result.hpp"

#include <cstddef>
#include <string_view>

namespace doorward {

// `limits.openBytes`, unless configured.
inline constexpr std::size_t default_open_bytes = 16'384;

// The longest container-id that doorward may give itself for the bound below to hold.
inline constexpr std::size_t max_container_id_bytes = 256;

// Never less than the encoder of server/amqp/wire writes, and at most 512 bytes more: the rules are counted
// exactly, the frame around them at its largest.
std::size_t open_reply_bound(const Authorization& authorization, std::string_view username);

// Refuses a reply that may exceed `limit`, with both numbers.
Result<> check_open_reply(const Authorization& authorization, std::string_view username,
                          std::size_t limit = default_open_bytes);

}  // namespace doorward
