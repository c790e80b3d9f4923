#pragma once
// What functions leave on the stack when they return: others' code, that does not wipe for itself.

namespace doorward {

// Overwrites what functions that have returned left of their variables, on the stack of this thread below the
// caller.
void wipe_stack();

}  // namespace doorward
