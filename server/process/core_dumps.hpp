#pragma once
// What is in the memory of the service, keys and verifiers among it, stays there when it crashes.

namespace doorward {

// Neither a core file, nor a core through the pipe of a crash reporter, nor a debugger or /proc/PID/mem of
// another process of this user; for this process and its children, and not to be taken back. Before the first
// secret is read.
void forbid_core_dumps();

// The variable of the environment that allows them again, with the value `allow`: for whoever looks into a
// crash.
inline constexpr const char* core_dumps_variable = "DOORWARD_CORE_DUMPS";
bool core_dumps_allowed();

}  // namespace doorward
