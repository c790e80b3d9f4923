#pragma once
// Whether tokens of service accounts are reviewed, and by which API server: as it is configured, or else as a
// pod finds it. Asked once, at start.
#include "server/config/config.hpp"
#include "server/reviews/reviewer.hpp"
#include "store/model/result.hpp"

#include <optional>

namespace doorward {

// Nothing where nobody reviews them. `invalid`: what was asked for cannot be had; the message says what to
// do.
Result<std::optional<ReviewSettings>> find_api_server(const Config& config);

}  // namespace doorward
