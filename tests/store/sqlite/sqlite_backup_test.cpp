// A backup is the store at one moment, whole, and what is restored of it goes on as a store of its own.
#include "store/sqlite/sqlite_backup.hpp"

#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/samples.hpp"
#include "tests/store/sqlite/faulty_vfs.hpp"
#include "tests/store/temporary_directory.hpp"

#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace doorward {
namespace {

using namespace samples;
using ::testing::HasSubstr;

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class SqliteBackupTest : public ::testing::Test {
 protected:
  void commit(const Write& write) { ASSERT_TRUE(store_->commit({&write, 1})); }
  Result<ResourceVersion> take(std::span<const KeptFile> files = {}) {
    std::ofstream(copy_, std::ios::trunc).close();
    return backup_->take(file_, files, copy_);
  }
  std::unique_ptr<Store> restored_store() {
    EXPECT_TRUE(backup_->put_back(copy_, restored_));
    return open_sqlite_store(restored_).value();
  }
  void run_sql(const std::filesystem::path& file, const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sql;
    sqlite3_close(database);
  }

  TemporaryDirectory directory_;
  const std::filesystem::path file_ = directory_ / "doorward.db", copy_ = directory_ / "backup",
                              restored_ = directory_ / "restored.db";
  std::unique_ptr<Store> store_ = open_sqlite_store(file_).value();
  std::unique_ptr<DatabaseBackup> backup_ = sqlite_backup();
};

TEST_F(SqliteBackupTest, has_everything_and_the_store_goes_on_meanwhile) {
  commit(put_space("shop", "shop"));
  commit(put_user("shop.alice", "shop", "alice"));
  const Secret key = store_->shared_key("decoy").value();
  EXPECT_EQ(take(), 2u);
  commit(put_user("shop.bob", "shop", "bob"));
  const auto restored = restored_store();
  EXPECT_EQ(*restored->find_user("shop", "alice", Patience::none).value(),
            *store_->find_user("shop", "alice", Patience::none).value());
  EXPECT_FALSE(restored->find_user("shop", "bob", Patience::none));
  EXPECT_EQ(restored->reserved_realms().value(), store_->reserved_realms().value());
  EXPECT_TRUE(restored->shared_key("decoy").value().equals(key.reveal()));
  EXPECT_EQ(restored->get(space_key("shop")).value(), store_->get(space_key("shop")).value());
}

TEST_F(SqliteBackupTest, under_writes_is_one_moment_of_them) {
  std::atomic<bool> over = false;
  std::atomic<std::uint64_t> acknowledged = 0;
  std::jthread writer([&] {
    for (std::uint64_t i = 1; !over; ++i) {
      const std::string name = "u" + std::to_string(i);
      const Write write = put_user("shop." + name, "shop", name);
      ASSERT_TRUE(store_->commit({&write, 1}));
      acknowledged = i;
      acknowledged.notify_all();
    }
  });
  acknowledged.wait(0);
  for (int round = 0; round < 3; ++round) {
    const std::uint64_t before = acknowledged;
    const ResourceVersion at = take().value();
    EXPECT_GE(at, before);
    std::filesystem::remove(restored_);
    const auto restored = restored_store();
    EXPECT_EQ(restored->list({.kind = user_key("").kind}).value().objects.size(), at);
    EXPECT_TRUE(restored->find_user("shop", "u" + std::to_string(at), Patience::none));
    EXPECT_FALSE(restored->find_user("shop", "u" + std::to_string(at + 1), Patience::none));
  }
  over = true;
}

TEST_F(SqliteBackupTest, keeps_files_and_leaves_none_of_them_in_the_restored_database) {
  const std::string secret(10'000, '\x7e');
  std::vector<KeptFile> files;
  files.push_back({"keys/audit.key", Secret(std::string_view(secret))});
  files.push_back({"secrets/empty", Secret("")});
  commit(put_user("shop.alice", "shop", "alice"));
  ASSERT_TRUE(take(files));
  const auto restored = backup_->put_back(copy_, restored_).value();
  EXPECT_EQ(restored.taken_at, 1u);
  ASSERT_EQ(restored.files.size(), 2u);
  EXPECT_EQ(restored.files[0].name, "keys/audit.key");
  EXPECT_TRUE(restored.files[0].content.equals(secret));
  EXPECT_EQ(restored.files[1].name, "secrets/empty");
  EXPECT_TRUE(restored.files[1].content.empty());
  EXPECT_EQ(bytes_of(restored_).find(secret.substr(0, 100)), std::string::npos);
}

TEST_F(SqliteBackupTest, has_nothing_of_what_was_deleted) {
  const std::string document = R"({"gone":")" + std::string(3'000, 'g') + "\"}";
  commit(put(user_key("a"), document));
  commit(Delete{.key = user_key("a")});
  ASSERT_TRUE(store_->compact(2));
  ASSERT_TRUE(take());
  EXPECT_EQ(bytes_of(copy_).find("gggg"), std::string::npos);
}

TEST_F(SqliteBackupTest, goes_on_with_versions_that_nobody_has_seen_and_a_history_that_begins_there) {
  for (int i = 0; i < 3; ++i) commit(put(user_key("a"), R"({"i":)" + std::to_string(i) + "}"));
  commit(put(user_key("b")));
  commit(Delete{.key = user_key("b")});
  ASSERT_EQ(take(), 5u);
  const auto restored = restored_store();
  const ResourceVersion now = restored->version().value();
  EXPECT_EQ(now, 1'000'005u);
  EXPECT_EQ(restored->changes_after(5, 10).error().code, ErrorCode::expired);
  EXPECT_EQ(restored->changes_after(now, 10).value().size(), 0u);
  EXPECT_EQ(restored->list({.kind = user_key("").kind, .at = 5}).error().code, ErrorCode::expired);
  const auto list = restored->list({.kind = user_key("").kind}).value();
  ASSERT_EQ(list.objects.size(), 1u);
  EXPECT_EQ(list.objects.front().document, R"({"i":2})");
  const Write write = Put{.object = list.objects.front(), .expected = 3};
  EXPECT_EQ(restored->commit({&write, 1}).value(), std::vector{now + 1});
  EXPECT_EQ(restored->changes_after(now, 10).value().size(), 1u);
}

TEST_F(SqliteBackupTest, of_a_restored_store_is_as_good) {
  commit(put_user("shop.alice", "shop", "alice"));
  ASSERT_TRUE(take());
  ASSERT_TRUE(backup_->put_back(copy_, restored_));
  const auto second = directory_ / "second", twice = directory_ / "twice.db";
  std::ofstream(second).close();
  ASSERT_EQ(backup_->take(restored_, {}, second), 1'000'001u);
  ASSERT_TRUE(backup_->put_back(second, twice));
  EXPECT_TRUE(open_sqlite_store(twice).value()->find_user("shop", "alice", Patience::none));
}

TEST_F(SqliteBackupTest, is_no_store_and_a_store_is_no_backup) {
  ASSERT_TRUE(take());
  EXPECT_THAT(open_sqlite_store(copy_).error().message, HasSubstr("not made by doorward"));
  store_.reset();
  const auto refused = backup_->put_back(file_, restored_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  EXPECT_THAT(refused.error().message, HasSubstr("not made by `doorward backup`"));
  EXPECT_FALSE(std::filesystem::exists(restored_));
}

TEST_F(SqliteBackupTest, of_nothing_of_another_program_or_of_a_newer_doorward_is_refused) {
  std::ofstream(copy_).close();
  EXPECT_EQ(backup_->take(directory_ / "none.db", {}, copy_).error().code, ErrorCode::not_found);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "none.db"));
  std::ofstream(directory_ / "empty.db").close();
  EXPECT_EQ(backup_->take(directory_ / "empty.db", {}, copy_).error().code, ErrorCode::not_found);
  run_sql(directory_ / "songs.db", "CREATE TABLE songs (title TEXT)");
  EXPECT_EQ(backup_->take(directory_ / "songs.db", {}, copy_).error().code, ErrorCode::invalid);
  ASSERT_TRUE(take());
  run_sql(copy_, "PRAGMA user_version = 99");
  EXPECT_THAT(backup_->put_back(copy_, restored_).error().message, HasSubstr("schema 99"));
  store_.reset();
  run_sql(file_, "PRAGMA user_version = 99");
  EXPECT_THAT(take().error().message, HasSubstr("schema 99"));
}

TEST_F(SqliteBackupTest, that_a_disk_has_no_room_for_says_which_two_and_works_later) {
  for (int i = 0; i < 50; ++i) {
    const std::string name = "u" + std::to_string(i);
    commit(put_user("shop." + name, "shop", name));
  }
  FaultyVfs vfs(FaultyVfs::For::everybody);
  const auto is_full = [&](const auto& result) {
    return !result && result.error().code == ErrorCode::unavailable &&
           result.error().message.find("free some space") != std::string::npos &&
           result.error().message.find(", copied to ") != std::string::npos;
  };
  for (const std::int64_t writes : {0, 5}) {
    vfs.writes_left = writes;
    vfs.write = SQLITE_FULL;
    EXPECT_TRUE(is_full(take())) << "after " << writes << " writes";
    vfs.write = 0;
    ASSERT_EQ(take(), 50u);
    vfs.writes_left = writes;
    vfs.write = SQLITE_FULL;
    EXPECT_TRUE(is_full(backup_->put_back(copy_, restored_))) << "after " << writes << " writes";
    vfs.write = 0;
    std::filesystem::remove(restored_);
    EXPECT_TRUE(restored_store()->find_user("shop", "u49", Patience::none));
    std::filesystem::remove(restored_);
  }
}

TEST_F(SqliteBackupTest, that_is_damaged_anywhere_is_refused) {
  for (int i = 0; i < 200; ++i) {
    const std::string name = "u" + std::to_string(i);
    commit(put_user("shop." + name, "shop", name));
  }
  ASSERT_TRUE(take());
  const std::string whole = bytes_of(copy_);
  const auto refused = [&](const std::string& bytes) {
    std::ofstream(copy_, std::ios::binary | std::ios::trunc) << bytes;
    std::filesystem::remove(restored_);
    const auto restored = backup_->put_back(copy_, restored_);
    if (restored) return testing::AssertionFailure() << "was taken";
    if (restored.error().message.find("take another") == std::string::npos)
      return testing::AssertionFailure() << restored.error().message;
    return testing::AssertionSuccess();
  };
  EXPECT_TRUE(refused(std::string(10'000, 'x'))) << "a text";
  for (std::size_t cut = 4'096; cut < whole.size(); cut += 5 * 4'096) {
    EXPECT_TRUE(refused(whole.substr(0, cut))) << "cut at " << cut;
  }
  // The head of each page but the first says how it is to be read.
  for (std::size_t page = 4'096; page < whole.size(); page += 7 * 4'096) {
    std::string bytes = whole;
    bytes.replace(page, 64, 64, '\xa5');
    EXPECT_TRUE(refused(bytes)) << "page at " << page;
  }
}

}  // namespace
}  // namespace doorward
