#pragma once
// The schema of the configuration: each setting by its name, type and bounds, from the file's document into a
// Config. What the settings must be to each other is validate()'s.
#include "server/config/config.hpp"
#include "server/config/section.hpp"

namespace doorward {

// `in` is the whole document. What is not in it, or is at fault, leaves its default in `config`.
void read_settings(Section& in, Config& config, Faults& faults);

}  // namespace doorward
