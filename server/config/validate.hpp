#pragma once
// What the settings must be to each other and to the files they name; called once, by load_config().
#include "server/config/config.hpp"
#include "server/config/section.hpp"

namespace doorward {

void validate(const Config& config, Faults& faults);

}  // namespace doorward
