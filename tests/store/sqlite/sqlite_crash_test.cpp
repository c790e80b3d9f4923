// A process that is killed in the middle of its writes has lost nothing that it acknowledged, and left
// nothing half done. Pipes are the only clock: the child tells each commit, the parent kills it behind one of
// them. DOORWARD_CRASH_ROUNDS: how many times.
#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/samples.hpp"
#include "tests/store/temporary_directory.hpp"

#include <csignal>
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace samples;

constexpr int usual_rounds = 12;

int rounds() {
  const char* wanted = std::getenv("DOORWARD_CRASH_ROUNDS");
  return wanted == nullptr ? usual_rounds : std::atoi(wanted);
}

// One commit of the child: a user that comes and goes, and a counter that changes with it.
std::vector<Write> writes_of(std::uint64_t step) {
  const std::string document = std::to_string(step);
  Put user = put_user("shop.alice", "shop", "alice", static_cast<char>('a' + step % 20));
  user.object.document = document;
  std::vector<Write> writes = {put(space_key("counter"), document)};
  if (step % 5 == 4) {
    writes.emplace_back(Delete{.key = user_key("shop.alice")});
  } else {
    writes.emplace_back(user);
  }
  return writes;
}

[[noreturn]] void write_until_killed(const std::filesystem::path& file, int acknowledgements) {
  const auto store = open_sqlite_store(file);
  if (!store) _exit(1);
  for (std::uint64_t step = (*store)->version().value_or(0) / 2;; ++step) {
    const auto versions = (*store)->commit(writes_of(step));
    if (!versions) _exit(2);
    const ResourceVersion last = versions->back();
    if (write(acknowledgements, &last, sizeof last) != sizeof last) _exit(3);
    // Some rounds die while the log is written back.
    if (step % 50 == 49 && !(*store)->compact(last - 20)) _exit(4);
  }
}

// Kills a child that writes to `file` once it has acknowledged `count` commits. The last version it
// acknowledged.
ResourceVersion killed_after(const std::filesystem::path& file, int count) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) return 0;
  const pid_t child = fork();
  if (child == 0) write_until_killed(file, pipe_ends[1]);
  close(pipe_ends[1]);
  ResourceVersion last = 0;
  ResourceVersion told = 0;
  for (int i = 0; i < count && read(pipe_ends[0], &told, sizeof told) == sizeof told; ++i) last = told;
  kill(child, SIGKILL);
  // It may have acknowledged more before the signal came.
  while (read(pipe_ends[0], &told, sizeof told) == sizeof told) last = told;
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
  return last;
}

TEST(SqliteCrash, acknowledged_commits_survive_kill_9_whole_and_in_order) {
  const TemporaryDirectory directory;
  const std::filesystem::path file = directory / "doorward.db";
  ASSERT_GT(rounds(), 0) << "DOORWARD_CRASH_ROUNDS is a number of kills";
  for (int round = 0; round < rounds(); ++round) {
    const ResourceVersion acknowledged = killed_after(file, 1 + round % usual_rounds * 7);
    ASSERT_GT(acknowledged, 0U);
    const auto store = open_sqlite_store(file).value();
    const ResourceVersion version = store->version().value();
    ASSERT_GE(version, acknowledged) << "an acknowledged commit is gone";
    ASSERT_LE(version, acknowledged + 2) << "more than the one commit that was under way";
    ASSERT_EQ(version % 2, 0U) << "half of a commit";

    // What is current is what the last commit wrote.
    const std::uint64_t last_step = version / 2 - 1;
    ASSERT_EQ(store->get(space_key("counter")).value().document, std::to_string(last_step));
    const auto user = store->find_user("shop", "alice", Patience::none);
    ASSERT_EQ(user.has_value(), last_step % 5 != 4);
    ASSERT_EQ(store->get(user_key("shop.alice")).has_value(), user.has_value());
    if (user) {
      const Put expected = std::get<Put>(writes_of(last_step)[1]);
      ASSERT_EQ((*user)->credentials, (*expected.login)->credentials);
      ASSERT_EQ((*user)->version, version);
    }

    // History has each version once, from where it was compacted to the end.
    ResourceVersion from = version < 20 ? 0 : version - 20;
    const auto changes = store->changes_after(from, SIZE_MAX).value();
    ASSERT_EQ(changes.size(), version - from);
    for (const Change& change : changes) {
      ASSERT_EQ(change.version, ++from);
      if (change.type != ChangeType::deleted) {
        ASSERT_EQ(change.object.document, std::to_string((change.version - 1) / 2));
      }
    }
  }
}

}  // namespace
}  // namespace doorward
