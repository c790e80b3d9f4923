// The file itself: who may read it, whose it is, which version wrote it, and whether it is whole.
#include "store/sqlite/sqlite_rows.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/samples.hpp"
#include "tests/store/temporary_directory.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace doorward {
namespace {

using namespace samples;
using ::testing::HasSubstr;

const std::string realms_of_schema_3 =
    "ALTER TABLE realms DROP COLUMN service_ns; ALTER TABLE realms DROP COLUMN service_name;"
    "ALTER TABLE realms DROP COLUMN host; ALTER TABLE realms DROP COLUMN port;"
    "ALTER TABLE realms DROP COLUMN logins_per_second; ";

class SqliteFile : public ::testing::Test {
 protected:
  // A database with enough users for many pages, closed.
  void make_database(int users = 200) {
    const auto store = open_sqlite_store(file_).value();
    std::vector<Write> writes;
    for (int i = 0; i < users; ++i) {
      const std::string name = "u" + std::to_string(i);
      writes.push_back(put_user("shop." + name, "shop", name));
    }
    ASSERT_TRUE(store->commit(writes).has_value());
  }
  void run_sql(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file_.c_str(), &database), SQLITE_OK);
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK) << message;
    sqlite3_free(message);
    sqlite3_close(database);
  }
  void overwrite(std::streamoff at, const std::string& bytes) {
    std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file << bytes;
  }
  Error refusal() {
    const auto store = open_sqlite_store(file_);
    EXPECT_FALSE(store.has_value()) << "was opened";
    return store ? Error{} : store.error();
  }

  TemporaryDirectory directory_;
  const std::filesystem::path file_ = directory_ / "doorward.db";
};

TEST_F(SqliteFile, is_readable_for_its_owner_alone_with_all_that_stands_beside_it) {
  const mode_t before = umask(0);
  const auto store = open_sqlite_store(file_).value();
  const std::vector<Write> writes = {put_user("shop.alice", "shop", "alice")};
  EXPECT_TRUE(store->commit(writes).has_value());
  umask(before);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
    struct stat status{};
    ASSERT_EQ(stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 3) << "the database, its log and the log's index";
}

TEST_F(SqliteFile, is_in_wal_mode_and_one_file_again_after_an_orderly_end) {
  make_database();
  EXPECT_FALSE(std::filesystem::exists(file_.string() + "-wal"));
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &database), SQLITE_OK);
  sqlite3_exec(
      database, "PRAGMA journal_mode",
      [](void*, int, char** values, char**) {
        EXPECT_STREQ(values[0], "wal");
        return 0;
      },
      nullptr, nullptr);
  sqlite3_close(database);
}

TEST_F(SqliteFile, of_a_newer_doorward_is_refused_and_left_alone) {
  make_database();
  run_sql("PRAGMA user_version = 99");
  for (int i = 0; i < 2; ++i) {
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::invalid);
    EXPECT_THAT(error.message, HasSubstr("schema 99"));
    EXPECT_THAT(error.message, HasSubstr("newer doorward"));
    EXPECT_THAT(error.message, HasSubstr(file_.string()));
  }
}

TEST_F(SqliteFile, of_an_older_schema_gets_its_shapes_counted) {
  make_database(30);
  for (const std::string as_it_was :
       {"DROP TABLE shapes; PRAGMA user_version = 1",
        "DROP TABLE shapes; CREATE TABLE shapes (realm TEXT NOT NULL, salt_bytes INTEGER NOT NULL,"
        " iterations INTEGER NOT NULL, credentials INTEGER NOT NULL,"
        " PRIMARY KEY (realm, salt_bytes, iterations)) STRICT, WITHOUT ROWID;"
        " INSERT INTO shapes VALUES ('shop', 16, 32768, 30); PRAGMA user_version = 2"}) {
    run_sql(realms_of_schema_3 + as_it_was);
    const auto store = open_sqlite_store(file_).value();
    EXPECT_THAT(
        store->credential_shapes("shop", Patience::none).value(),
        ::testing::ElementsAre(CredentialShape{.salt_bytes = 16, .iterations = 32'768, .weight = 30}));
  }
}

// As it was before a realm had the columns; the status of its space has had what is in them.
TEST_F(SqliteFile, of_an_older_schema_gets_its_realms_from_the_spaces) {
  Put shop = put_space("a", "shop"), lab = put_space("b", "lab"), hut = put_space("c", "hut");
  shop.object.document =
      R"({"status":{"realm":"shop","authenticationService":{"namespace":"infra","name":"users"}}})";
  lab.object.document =
      R"({"status":{"realm":"lab","loginsPerSecond":2,"authenticationService":)"
      R"({"namespace":"infra","name":"users","type":"external","host":"auth.example.com","port":5671}}})";
  hut.object.document = "no JSON";
  lab.realm->host = "auth.example.com";
  lab.realm->port = 5'671;
  lab.realm->logins_per_second = 2;
  {
    const auto store = open_sqlite_store(file_).value();
    Put before = lab;  // the newest counts
    before.object.document = "{}";
    const Write writes[] = {
        shop, before, lab, hut, put_space("gone", "den"), Delete{.key = space_key("gone")}};
    ASSERT_TRUE(store->commit(writes).has_value());
  }
  run_sql(realms_of_schema_3 + "PRAGMA user_version = 3");
  const auto store = open_sqlite_store(file_).value();
  hut.realm->service = {};
  EXPECT_THAT(store->owned_realms().value().realms,
              ::testing::ElementsAre(*hut.realm, *lab.realm, *shop.realm));
  EXPECT_EQ(store->reserved_realms().value().size(), 4u);
}

TEST_F(SqliteFile, of_another_program_is_refused) {
  run_sql("CREATE TABLE songs (title TEXT)");
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::invalid);
  EXPECT_THAT(error.message, HasSubstr("not made by doorward"));
  run_sql("INSERT INTO songs VALUES ('untouched')");
}

TEST_F(SqliteFile, that_is_empty_becomes_a_new_store) {
  std::ofstream(file_).close();
  EXPECT_EQ(open_sqlite_store(file_).value()->version(), 0U);
}

struct Damage {
  const char* behaviour;
  std::function<void(const std::filesystem::path&)> damage;
};

TEST_F(SqliteFile, that_is_damaged_is_refused_with_the_way_out) {
  const auto overwritten = [](std::streamoff at, std::size_t count) {
    return [=](const std::filesystem::path& path) {
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(at);
      file << std::string(count, '\xa5');
    };
  };
  const Damage damages[] = {
      {"its first bytes are gone", overwritten(0, 16)},
      {"its first page is gone", overwritten(0, 4'096)},
      {"the tables' description is gone", overwritten(100, 3'996)},
      {"its second half is gone",
       [](const auto& path) { std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2); }},
      {"it is a text", [](const auto& path) { std::ofstream(path) << std::string(10'000, 'x'); }},
  };
  for (const Damage& d : damages) {
    std::filesystem::remove(file_);
    make_database();
    d.damage(file_);
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::internal) << d.behaviour << ": " << error.message;
    EXPECT_THAT(error.message, HasSubstr("restore a backup")) << d.behaviour;
  }
}

TEST_F(SqliteFile, whose_rows_are_damaged_answers_an_error_and_no_record) {
  make_database(1);
  run_sql("UPDATE logins SET record = x'01000103'");
  const auto store = open_sqlite_store(file_).value();
  const auto user = store->find_user("shop", "u0", Patience::none);
  ASSERT_FALSE(user.has_value());
  EXPECT_EQ(user.error().code, ErrorCode::internal);
  EXPECT_EQ(store->login_record(user_key("shop.u0")).error().code, ErrorCode::internal);
}

TEST_F(SqliteFile, that_may_not_be_opened_says_so) {
  std::filesystem::create_directory(file_);
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::unavailable);
  EXPECT_THAT(error.message, HasSubstr("owner and rights"));
  const auto nowhere = open_sqlite_store(directory_ / "none/doorward.db");
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_EQ(nowhere.error().code, ErrorCode::unavailable);
}

// Each connection of REST is a thread, and a reader keeps pages of the database in memory.
TEST_F(SqliteFile, is_open_no_more_often_for_many_threads_that_come_one_after_another) {
  make_database();
  const auto store = open_sqlite_store(file_).value();
  for (int i = 0; i < 100; ++i) {
    std::thread([&] { EXPECT_TRUE(store->version()); }).join();
  }
  std::size_t open = 0;
  for (const auto& descriptor : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code closed;  // that of the iterator itself
    open += std::filesystem::read_symlink(descriptor, closed) == file_;
  }
  EXPECT_GT(open, 1u);
  EXPECT_LE(open, 1 + std::max<std::size_t>(4, 2 * std::thread::hardware_concurrency()));
}

// Logins of other names in the places of (shop, alice), as if their hashes agreed.
TEST_F(SqliteFile, keeps_names_apart_whose_hashes_agree) {
  make_database(0);
  const auto fill = [&](int from, int to) {
    std::string sql = "BEGIN;";
    for (int i = from; i < to; ++i) {
      const std::string n = std::to_string(i);
      sql += "INSERT INTO logins VALUES (" + std::to_string(first_login_place("shop", "alice") + i) +
             ", 'shop', 'x" + n + "', 1, 'team', 'x" + n + "', x'0100000000');";
    }
    run_sql(sql + "COMMIT");
  };
  fill(0, 3);
  const auto commit = [&](const Write& write) {
    return open_sqlite_store(file_).value()->commit({&write, 1});
  };
  const auto has_alice = [&] {
    return open_sqlite_store(file_).value()->find_user("shop", "alice", Patience::none).has_value();
  };
  EXPECT_FALSE(has_alice());
  ASSERT_TRUE(commit(put_user("shop.alice", "shop", "alice")).has_value());
  EXPECT_TRUE(has_alice());
  ASSERT_TRUE(commit(put_user("shop.alice", "shop", "alice", 'n')).has_value());
  EXPECT_EQ(commit(put_user("shop.other", "shop", "alice")).error().code, ErrorCode::already_exists);
  run_sql("DELETE FROM logins WHERE username = 'x0'");
  EXPECT_TRUE(has_alice()) << "when a name before it is gone";
  ASSERT_TRUE(commit(Delete{.key = user_key("shop.alice")}).has_value());
  EXPECT_FALSE(has_alice());
  fill(3, 256);
  const auto full = commit(put_user("shop.alice", "shop", "alice"));
  ASSERT_FALSE(full.has_value());
  EXPECT_THAT(full.error().message, HasSubstr("no place is left"));
  run_sql("DELETE FROM logins WHERE username = 'x255'");
  EXPECT_TRUE(commit(put_user("shop.alice", "shop", "alice")).has_value()) << "in the last place";
  EXPECT_TRUE(has_alice());
}

}  // namespace
}  // namespace doorward
