// In processes of their own, since what is forbidden stays so.
#include "server/process/core_dumps.hpp"

#include <cstdlib>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace doorward {
namespace {

bool may_be_dumped() {
  rlimit limit{};
  getrlimit(RLIMIT_CORE, &limit);
  return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0 || limit.rlim_max != 0;
}

TEST(CoreDumps, are_forbidden_by_the_limit_and_to_pipes_and_debuggers) {
  ASSERT_TRUE(may_be_dumped()) << "as processes are";
  EXPECT_EXIT(
      {
        forbid_core_dumps();
        _exit(may_be_dumped() ? 1 : 0);
      },
      testing::ExitedWithCode(0), "");
}

TEST(CoreDumps, are_allowed_by_one_word_only) {
  const auto allowed_by = [](const char* value) {
    setenv(core_dumps_variable, value, 1);
    const bool allowed = core_dumps_allowed();
    unsetenv(core_dumps_variable);
    return allowed;
  };
  EXPECT_FALSE(core_dumps_allowed());
  EXPECT_TRUE(allowed_by("allow"));
  for (const char* other : {"", "1", "ALLOW", "allow "}) EXPECT_FALSE(allowed_by(other)) << other;
}

}  // namespace
}  // namespace doorward
