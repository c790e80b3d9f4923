#pragma once
// Tells the log what keeps address spaces from being ready, what to know of those that are, and how to make
// one where there is none. Reads the store; not on an event loop.
#include "store/store.hpp"

namespace doorward {

void log_address_spaces(const Store& store);

}  // namespace doorward
