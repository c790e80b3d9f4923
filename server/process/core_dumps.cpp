#include "server/process/core_dumps.hpp"

#include <cstdlib>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace doorward {

// The limit alone would not do: where cores go through a pipe (core(5)) it is not looked at.
void forbid_core_dumps() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

bool core_dumps_allowed() {
  const char* value = std::getenv(core_dumps_variable);
  return value != nullptr && std::string_view(value) == "allow";
}

}  // namespace doorward
