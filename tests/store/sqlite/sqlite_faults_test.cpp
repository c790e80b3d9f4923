// What the store does when its disk, its file or another program fails it: it says so, keeps what it
// acknowledged, and goes on when the cause is gone.
#include "store/credential_cache.hpp"
#include "store/disk_pace.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/samples.hpp"
#include "tests/store/sqlite/faulty_vfs.hpp"
#include "tests/store/temporary_directory.hpp"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace doorward {
namespace {

using namespace samples;
using ::testing::HasSubstr;
using ::testing::NotNull;

class SqliteFaults : public ::testing::Test {
 protected:
  SqliteFaults() { reopen(); }

  void reopen() {
    store_.reset();
    store_ =
        open_sqlite_store(file_, {.busy_timeout = std::chrono::milliseconds(0), .vfs = vfs_.name()}).value();
  }
  Result<ResourceVersion> commit(const Write& write) {
    const auto versions = store_->commit({&write, 1});
    if (!versions) return std::unexpected(versions.error());
    return versions->front();
  }
  // The store holds alice, written at version 1, and nothing of what failed.
  void expect_only_what_was_acknowledged() {
    EXPECT_EQ(store_->version(), 1U);
    EXPECT_EQ(store_->changes_after(0, 10).value().size(), 1U);
    EXPECT_EQ(store_->list({.kind = user_key("").kind}).value().objects.size(), 1U);
    EXPECT_TRUE(store_->find_user("shop", "alice", Patience::none).has_value());
    EXPECT_FALSE(store_->find_user("shop", "bob", Patience::none).has_value());
  }

  TemporaryDirectory directory_;
  const std::filesystem::path file_ = directory_ / "doorward.db";
  FaultyVfs vfs_;
  // More than a thread waits for its turn on the busiest machine.
  static constexpr std::chrono::seconds slow_from{1};
  std::atomic<int> told_slow_ = 0;
  DiskPace pace_{[this](bool slow) { told_slow_ += slow ? 1 : -1; }, slow_from};  // for whoever wants it
  std::unique_ptr<Store> store_;
};

struct WriteFault {
  const char* behaviour;
  std::atomic<int> FaultyVfs::* operation;
  int code;
  std::int64_t writes_left;
  const char* advice;
};

TEST_F(SqliteFaults, a_commit_that_the_disk_refuses_leaves_nothing_and_the_next_one_works) {
  const WriteFault faults[] = {
      {"a full disk at the first write", &FaultyVfs::write, SQLITE_FULL, 0, "free some space"},
      {"a full disk in the middle", &FaultyVfs::write, SQLITE_FULL, 3, "free some space"},
      {"a write error", &FaultyVfs::write, SQLITE_IOERR_WRITE, 0, "answers with errors"},
      {"a write error in the middle", &FaultyVfs::write, SQLITE_IOERR_WRITE, 5, "answers with errors"},
      {"an error when the log is brought to the disk", &FaultyVfs::sync, SQLITE_IOERR_FSYNC, 0,
       "answers with errors"},
      {"a log that another program holds", &FaultyVfs::log_lock, SQLITE_BUSY, 0, "locked by another"},
  };
  ASSERT_EQ(commit(put_user("shop.alice", "shop", "alice")), 1U);
  for (const WriteFault& fault : faults) {
    vfs_.writes_left = fault.writes_left;
    vfs_.*fault.operation = fault.code;
    const auto failed = commit(put_user("shop.bob", "shop", "bob"));
    ASSERT_FALSE(failed.has_value()) << fault.behaviour;
    EXPECT_EQ(failed.error().code, ErrorCode::unavailable) << fault.behaviour;
    EXPECT_THAT(failed.error().message, HasSubstr(fault.advice)) << fault.behaviour;
    vfs_.*fault.operation = 0;
    expect_only_what_was_acknowledged();
    reopen();
    expect_only_what_was_acknowledged();
  }
  EXPECT_EQ(commit(put_user("shop.bob", "shop", "bob")), 2U);
  EXPECT_TRUE(store_->find_user("shop", "bob", Patience::none).has_value());
}

TEST_F(SqliteFaults, subscribers_hear_nothing_of_a_commit_that_failed) {
  int calls = 0;
  const auto subscription = store_->subscribe([&](std::span<const Change>) { ++calls; });
  vfs_.sync = SQLITE_IOERR_FSYNC;
  EXPECT_FALSE(commit(put(user_key("a"))).has_value());
  vfs_.sync = 0;
  EXPECT_TRUE(commit(put(user_key("a"))).has_value());
  EXPECT_EQ(calls, 1);
}

TEST_F(SqliteFaults, compaction_that_the_disk_refuses_forgets_nothing) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(commit(put(user_key("a"))).has_value());
  vfs_.write = SQLITE_FULL;
  const auto failed = store_->compact(2);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, ErrorCode::unavailable);
  vfs_.write = 0;
  EXPECT_EQ(store_->changes_after(0, 10).value().size(), 3U);
  EXPECT_TRUE(store_->compact(2).has_value());
  EXPECT_FALSE(store_->changes_after(0, 10).has_value());
}

TEST_F(SqliteFaults, a_shared_key_that_cannot_be_kept_is_not_given_out) {
  vfs_.sync = SQLITE_IOERR_FSYNC;
  EXPECT_FALSE(store_->shared_key("decoy").has_value());
  vfs_.sync = 0;
  const Secret key = store_->shared_key("decoy").value();
  reopen();
  EXPECT_TRUE(store_->shared_key("decoy").value().equals(key.reveal()));
}

TEST_F(SqliteFaults, reads_of_a_broken_disk_are_unavailable_until_it_is_back) {
  ASSERT_TRUE(commit(put_user("shop.alice", "shop", "alice", 'k')).has_value());
  reopen();  // nothing is in memory yet
  vfs_.read = SQLITE_IOERR_READ;
  const auto is_unavailable = [](const auto& result) {
    return !result && result.error().code == ErrorCode::unavailable;
  };
  EXPECT_TRUE(is_unavailable(store_->find_user("shop", "alice", Patience::none)));
  EXPECT_TRUE(is_unavailable(store_->get(user_key("shop.alice"))));
  EXPECT_TRUE(is_unavailable(store_->list({.kind = user_key("").kind})));
  EXPECT_TRUE(is_unavailable(store_->changes_after(0, 10)));
  vfs_.read = 0;
  expect_only_what_was_acknowledged();
}

TEST_F(SqliteFaults, a_lookup_never_waits_on_a_loop_and_remembered_users_need_no_store) {
  ASSERT_TRUE(commit(put_user("shop.alice", "shop", "alice")).has_value());
  ASSERT_TRUE(commit(put_user("shop.bob", "shop", "bob")).has_value());
  store_.reset();
  store_ = open_sqlite_store(file_, {.busy_timeout = std::chrono::seconds(2), .vfs = vfs_.name()}).value();
  CredentialCache cache(*store_, 10);
  ASSERT_THAT(cache.find("shop", "alice").value(), NotNull());
  vfs_.lock = SQLITE_BUSY;
  std::jthread([&] {  // which has no connection of its own yet
    const auto user = store_->find_user("shop", "bob", Patience::none);
    ASSERT_FALSE(user.has_value());
    EXPECT_EQ(user.error().code, ErrorCode::unavailable);
    EXPECT_EQ(cache.peek("shop", "bob"), std::nullopt);
    EXPECT_NE(cache.peek("shop", "alice"), std::nullopt);
    EXPECT_EQ(vfs_.sleeps, 0);
    EXPECT_EQ(cache.find("shop", "bob").error().code, ErrorCode::unavailable);
    EXPECT_GT(vfs_.sleeps, 0) << "who has patience waits before it gives up";
    vfs_.lock = 0;
    EXPECT_NE(cache.peek("shop", "bob"), std::nullopt);
  })
      .join();
}

TEST_F(SqliteFaults, a_disk_that_hangs_keeps_one_loop_at_most_and_nobody_who_is_remembered) {
  ASSERT_TRUE(commit(put_user("shop.alice", "shop", "alice")).has_value());
  ASSERT_TRUE(commit(put_user("shop.bob", "shop", "bob")).has_value());
  store_.reset();
  store_ = open_sqlite_store(file_, {.vfs = vfs_.name(), .pace = &pace_}).value();
  CredentialCache cache(*store_, 10);
  ASSERT_NE(cache.peek("shop", "alice"), std::nullopt);
  ASSERT_TRUE(commit(put(space_key("s"))).has_value());  // the pages that were read are old
  vfs_.hang();
  std::jthread first_loop([&] { EXPECT_NE(cache.peek("shop", "bob"), std::nullopt); });
  vfs_.wait_for_reads(1);
  std::this_thread::sleep_for(slow_from);  // as long as the disk takes
  EXPECT_EQ(cache.peek("shop", "carol"), std::nullopt) << "to be asked where one can wait";
  EXPECT_EQ(cache.peek_shapes("shop"), std::nullopt);
  EXPECT_NE(cache.peek("shop", "alice"), std::nullopt);
  EXPECT_EQ(told_slow_, 1);
  vfs_.answer();
  first_loop.join();
  EXPECT_EQ(cache.peek("shop", "carol"), std::nullopt) << "it has only just answered";
  EXPECT_THAT(cache.find("shop", "carol").value(), ::testing::IsNull());
  EXPECT_NE(cache.peek("shop", "bob"), std::nullopt) << "who is remembered now";
  EXPECT_EQ(told_slow_, 1);
}

TEST_F(SqliteFaults, a_log_that_stays_locked_for_long_is_unavailable) {
  ASSERT_TRUE(commit(put_user("shop.alice", "shop", "alice")).has_value());
  vfs_.log_lock = SQLITE_BUSY;
  const auto user = store_->find_user("shop", "alice", Patience::none);
  ASSERT_FALSE(user.has_value());
  EXPECT_EQ(user.error().code, ErrorCode::unavailable);
  vfs_.log_lock = 0;
  expect_only_what_was_acknowledged();
}

// Another program on the file, such as somebody's sqlite3 shell.
class OtherProgram {
 public:
  explicit OtherProgram(const std::filesystem::path& file) {
    EXPECT_EQ(sqlite3_open(file.c_str(), &database_), SQLITE_OK);
  }
  OtherProgram(const OtherProgram&) = delete;
  OtherProgram& operator=(const OtherProgram&) = delete;
  ~OtherProgram() { sqlite3_close(database_); }
  void run(const char* sql) {
    EXPECT_EQ(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sql;
  }

 private:
  sqlite3* database_ = nullptr;
};

TEST_F(SqliteFaults, readers_go_on_beside_a_program_that_writes_and_writers_say_what_is_in_their_way) {
  ASSERT_EQ(commit(put_user("shop.alice", "shop", "alice")), 1U);
  OtherProgram other(file_);
  other.run("BEGIN IMMEDIATE; DELETE FROM logins");
  const auto refused = commit(put_user("shop.bob", "shop", "bob"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("locked by another program"));
  expect_only_what_was_acknowledged();
  other.run("ROLLBACK");
  EXPECT_EQ(commit(put_user("shop.bob", "shop", "bob")), 2U);
}

}  // namespace
}  // namespace doorward
