#include "store/data_directory.hpp"

#include "tests/store/temporary_directory.hpp"

#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using ::testing::HasSubstr;

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status{};
  EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

TEST(DataDirectory, is_made_for_its_owner_alone) {
  const TemporaryDirectory place;
  const mode_t before = umask(0);
  const auto directory = DataDirectory::open(place / "a/b/data");
  umask(before);
  ASSERT_TRUE(directory.has_value()) << directory.error().message;
  EXPECT_EQ(mode_of(place / "a/b/data"), 0700U);
  EXPECT_EQ(mode_of(directory->keys()), 0700U);
  EXPECT_EQ(mode_of(place / "a/b/data/lock"), 0600U);
  EXPECT_EQ(directory->database(), place / "a/b/data/doorward.db");
}

TEST(DataDirectory, may_be_there_already_and_keeps_what_it_has) {
  const TemporaryDirectory place;
  std::ofstream(place / "kept") << "x";
  ASSERT_TRUE(DataDirectory::open(place.path()).has_value());
  ASSERT_TRUE(DataDirectory::open(place.path()).has_value());
  EXPECT_TRUE(std::filesystem::exists(place / "kept"));
}

TEST(DataDirectory, that_is_empty_is_closed_to_others) {
  const TemporaryDirectory place;
  const auto path = place / "data";
  ASSERT_EQ(mkdir(path.c_str(), 0700), 0);
  ASSERT_EQ(chmod(path.c_str(), 0777), 0);
  ASSERT_TRUE(DataDirectory::open(path).has_value());
  EXPECT_EQ(mode_of(path), 0700U);
}

TEST(DataDirectory, that_others_could_look_into_is_refused_with_what_to_do) {
  const TemporaryDirectory place;
  const auto path = place / "data";
  ASSERT_TRUE(DataDirectory::open(path).has_value());
  for (const mode_t others : {0040, 0010, 0020, 0004, 0001, 0002}) {
    ASSERT_EQ(chmod(path.c_str(), 0700 | others), 0);
    const auto directory = DataDirectory::open(path);
    ASSERT_FALSE(directory.has_value()) << std::oct << others;
    EXPECT_EQ(directory.error().code, ErrorCode::invalid);
    EXPECT_THAT(directory.error().message, HasSubstr("chmod 700 " + path.string()));
  }
  ASSERT_EQ(chmod(path.c_str(), 0700), 0);
  std::ofstream(path / "keys/some") << "x";
  ASSERT_EQ(chmod((path / "keys").c_str(), 0750), 0);
  EXPECT_FALSE(DataDirectory::open(path).has_value()) << "its keys are open";
  ASSERT_EQ(chmod((path / "keys").c_str(), 0500), 0);
  EXPECT_TRUE(DataDirectory::open(path).has_value());
}

TEST(DataDirectory, in_which_a_restore_did_not_finish_is_refused_with_what_to_do) {
  const TemporaryDirectory place;
  std::ofstream(DataDirectory::open(place.path())->unfinished_database()) << "x";
  const auto directory = DataDirectory::open(place.path());
  ASSERT_FALSE(directory.has_value());
  EXPECT_EQ(directory.error().code, ErrorCode::invalid);
  EXPECT_THAT(directory.error().message, HasSubstr("empty it and restore again"));
}

TEST(DataDirectory, of_somebody_else_is_refused) {
  const TemporaryDirectory place;
  const auto path = place / "data";
  ASSERT_EQ(mkdir(path.c_str(), 0700), 0);
  if (chown(path.c_str(), 12345, -1) != 0) GTEST_SKIP() << "only root can give a directory away";
  const auto directory = DataDirectory::open(path);
  ASSERT_FALSE(directory.has_value());
  EXPECT_THAT(directory.error().message, HasSubstr("belongs to user 12345"));
}

TEST(DataDirectory, of_a_relative_name_without_parent_is_made_where_the_process_is) {
  const TemporaryDirectory place;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(place.path());
  const bool opened = DataDirectory::open("data").has_value();
  std::filesystem::current_path(before);
  EXPECT_TRUE(opened);
  EXPECT_TRUE(std::filesystem::exists(place / "data/lock"));
}

TEST(DataDirectory, refuses_a_second_user_and_names_the_first) {
  const TemporaryDirectory place;
  auto first = DataDirectory::open(place.path());
  ASSERT_TRUE(first.has_value());
  const auto second = DataDirectory::open(place.path());
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::unavailable);
  EXPECT_THAT(second.error().message, HasSubstr(place.path().string()));
  EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(getpid())));
  EXPECT_THAT(second.error().message, HasSubstr("--data-dir"));
  {
    const DataDirectory moved = std::move(*first);
    EXPECT_FALSE(DataDirectory::open(place.path()).has_value()) << "a moved directory is still held";
  }
  EXPECT_TRUE(DataDirectory::open(place.path()).has_value());
}

TEST(DataDirectory, is_free_again_when_its_process_was_killed) {
  const TemporaryDirectory place;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto directory = DataDirectory::open(place.path());
    const char answer = directory ? 'y' : 'n';
    if (write(ready[1], &answer, 1) == 1) pause();
    _exit(1);
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_FALSE(DataDirectory::open(place.path()).has_value());
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(DataDirectory::open(place.path()).has_value());
  close(ready[0]);
  close(ready[1]);
}

TEST(DataDirectory, says_why_a_path_cannot_be_used) {
  const TemporaryDirectory place;
  std::ofstream(place / "file") << "x";
  const std::pair<std::filesystem::path, const char*> cases[] = {
      {place / "file", "Not a directory"},
      {place / "file/data", "Not a directory"},
      {"/proc/doorward", "No such file"},
      {"", "No such file"},
  };
  for (const auto& [path, why] : cases) {
    const auto directory = DataDirectory::open(path);
    ASSERT_FALSE(directory.has_value()) << path;
    EXPECT_THAT(directory.error().message, HasSubstr(why)) << path;
    EXPECT_THAT(directory.error().message, HasSubstr("--data-dir")) << path;
  }
}

}  // namespace
}  // namespace doorward
