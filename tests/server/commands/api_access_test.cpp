// Which kubeconfig a command reads where none is named.
#include "server/commands/api_access.hpp"

#include <filesystem>

#include <gtest/gtest.h>

namespace doorward {
namespace {

TEST(KubeconfigOf, the_environment_is_the_first_file_that_is_there) {
  const std::string there = std::filesystem::temp_directory_path().string();
  EXPECT_EQ(kubeconfig_of(there.c_str()), there);
  EXPECT_EQ(kubeconfig_of((":/nowhere/a::" + there + ":/nowhere/b").c_str()), there);
  EXPECT_EQ(kubeconfig_of("/nowhere/a:/nowhere/b"), "/nowhere/a") << "so that its absence is told";
  for (const char* none : {static_cast<const char*>(nullptr), "", ":", "::"})
    EXPECT_EQ(kubeconfig_of(none), default_kubeconfig);
}

}  // namespace
}  // namespace doorward
