// Which files make a backup, where it may lie, and into what it may be restored.
#include "server/service/backup.hpp"

#include "store/data_directory.hpp"
#include "store/sqlite/sqlite_backup.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/samples.hpp"
#include "tests/store/temporary_directory.hpp"

#include <fstream>
#include <iterator>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::size_t max_name = 1'024;  // bytes

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

unsigned mode_of(const fs::path& path) {
  struct stat status{};
  EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

class BackupTest : public testing::Test {
 protected:
  BackupTest() {
    DataDirectory::open(data_).value();
    const auto store = open_sqlite_store(data_ / "doorward.db").value();
    const Write write = samples::put_user("shop.alice", "shop", "alice");
    EXPECT_TRUE(store->commit({&write, 1}));
    put("keys/audit.key", "key");
    put("tls/ca.key", "authority");
    put("tokens.yaml", "tokens: []\n");
  }
  void put(const char* name, const std::string& content) {
    const fs::path file = data_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << content;
  }
  Result<BackedUp> back_up() { return doorward::back_up(*database_, data_, file_); }
  Result<BackedUp> restore() { return doorward::restore(*database_, file_, fresh_); }
  static std::vector<std::string> files_in(const fs::path& directory) {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      if (!entry.is_directory()) names.push_back(entry.path().lexically_relative(directory).native());
    }
    return names;
  }

  TemporaryDirectory place_;
  const fs::path data_ = place_ / "data", fresh_ = place_ / "fresh", backups_ = place_ / "backups",
                 file_ = backups_ / "one";
  std::unique_ptr<DatabaseBackup> database_ = sqlite_backup();

  void SetUp() override { fs::create_directory(backups_); }
};

TEST_F(BackupTest, comes_back_with_the_files_that_belong_to_it_and_no_others) {
  put("secrets/team/ldap/password", "s3cret");
  put("secrets/team/ldap/..data/password", "the same by another path");
  put("audit.jsonl", "{}");
  put("doorward.db-journal.old", "x");
  const auto made = back_up();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->version, 1u);
  EXPECT_EQ(made->files, 4u);
  EXPECT_EQ(made->bytes, fs::file_size(file_));
  EXPECT_EQ(mode_of(file_), 0600u);
  EXPECT_THAT(files_in(backups_), UnorderedElementsAre("one"));

  const auto restored = restore();
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(restored->version, 1u);
  EXPECT_THAT(files_in(fresh_), UnorderedElementsAre("lock", "doorward.db", "keys/audit.key", "tls/ca.key",
                                                     "tokens.yaml", "secrets/team/ldap/password"));
  EXPECT_EQ(text_of(fresh_ / "secrets/team/ldap/password"), "s3cret");
  EXPECT_EQ(text_of(fresh_ / "keys/audit.key"), "key");
  for (const char* folder : {"", "keys", "tls", "secrets/team"})
    EXPECT_EQ(mode_of(fresh_ / folder), 0700u) << folder;
  for (const char* file : {"doorward.db", "keys/audit.key", "tokens.yaml"})
    EXPECT_EQ(mode_of(fresh_ / file), 0600u);
  ASSERT_TRUE(DataDirectory::open(fresh_));
  EXPECT_TRUE(open_sqlite_store(fresh_ / "doorward.db").value()->find_user("shop", "alice", Patience::none));
}

TEST_F(BackupTest, overwrites_nothing) {
  for (const bool link : {false, true}) {
    fs::remove(file_);
    if (link) {
      fs::create_symlink(place_ / "nowhere", file_);
    } else {
      std::ofstream(file_) << "older";
    }
    const auto refused = back_up();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid);
    EXPECT_THAT(refused.error().message, HasSubstr("is there already"));
    EXPECT_FALSE(fs::exists(place_ / "nowhere"));
  }
}

// A back end that finds its disk full, or in whose time somebody else makes the file.
class Disturbed final : public DatabaseBackup {
 public:
  explicit Disturbed(fs::path made) : made_(std::move(made)) {}
  Result<ResourceVersion> take(const fs::path&, std::span<const KeptFile>, const fs::path& to) override {
    std::ofstream(to) << "half";
    if (made_.empty()) return fail(ErrorCode::unavailable, "the disk is full");
    std::ofstream(made_) << "somebody else's";
    return 1;
  }
  Result<Restored> put_back(const fs::path&, const fs::path& database) override {
    std::ofstream(database) << "half";
    Restored restored;
    restored.files.push_back({"keys/audit.key", Secret("key")});
    restored.files.push_back({"../escaped", Secret("x")});
    return restored;
  }

 private:
  const fs::path made_;
};

TEST_F(BackupTest, that_fails_leaves_nothing_under_its_name_or_another) {
  Disturbed full("");
  EXPECT_EQ(doorward::back_up(full, data_, file_).error().message, "the disk is full");
  EXPECT_THAT(files_in(backups_), IsEmpty());
  Disturbed raced(file_);
  EXPECT_THAT(doorward::back_up(raced, data_, file_).error().message, HasSubstr("is there already"));
  EXPECT_THAT(files_in(backups_), UnorderedElementsAre("one"));
  EXPECT_EQ(text_of(file_), "somebody else's");
  EXPECT_THAT(doorward::back_up(full, data_, place_ / "none/file").error().message,
              HasSubstr("cannot write"));
}

TEST_F(BackupTest, holds_files_up_to_a_size) {
  put("secrets/large", std::string(max_kept_file_bytes, 'x'));
  EXPECT_TRUE(back_up());
  fs::remove(file_);
  put("secrets/large", std::string(max_kept_file_bytes + 1, 'x'));
  EXPECT_THAT(back_up().error().message, HasSubstr("secrets/large is larger than"));
}

TEST_F(BackupTest, refuses_a_name_that_a_restore_would_refuse) {
  const std::string folder = "secrets/" + std::string(250, 'a') + "/" + std::string(250, 'b') + "/" +
                             std::string(250, 'c') + "/" + std::string(250, 'd') + "/";
  put((folder + std::string(max_name - folder.size(), 'x')).c_str(), "x");
  EXPECT_TRUE(back_up());
  EXPECT_TRUE(restore());
  fs::remove(file_);
  put((folder + std::string(max_name + 1 - folder.size(), 'x')).c_str(), "x");
  EXPECT_THAT(back_up().error().message, HasSubstr("a name so long"));
}

// While it lives, the modes of files bind this thread, even if it is root's.
class BoundByModes {
 public:
  BoundByModes() {
    ::syscall(SYS_capget, &header_, before_);
    __user_cap_data_struct less[2] = {before_[0], before_[1]};
    less[0].effective &= ~(1U << CAP_DAC_OVERRIDE | 1U << CAP_DAC_READ_SEARCH);
    ::syscall(SYS_capset, &header_, less);
  }
  ~BoundByModes() { ::syscall(SYS_capset, &header_, before_); }

 private:
  __user_cap_header_struct header_{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct before_[2] = {};
};

TEST_F(BackupTest, says_what_it_may_not_read) {
  const BoundByModes bound;
  put("secrets/closed/key", "x");
  fs::permissions(data_ / "secrets/closed", fs::perms::none);
  EXPECT_THAT(back_up().error().message, HasSubstr("cannot read"));
  fs::permissions(data_ / "secrets/closed", fs::perms::owner_all);
}

TEST_F(BackupTest, is_restored_into_an_empty_directory_only) {
  ASSERT_TRUE(back_up());
  fs::create_directory(fresh_);
  std::ofstream(fresh_ / "something") << "x";
  const auto refused = restore();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  EXPECT_THAT(refused.error().message, HasSubstr("is not empty"));
  EXPECT_THAT(files_in(fresh_), UnorderedElementsAre("something"));
  EXPECT_THAT(doorward::restore(*database_, file_, data_).error().message, HasSubstr("is not empty"));
  fs::remove(fresh_ / "something");
  ASSERT_TRUE(restore());
  EXPECT_THAT(restore().error().message, HasSubstr("is not empty"));
}

TEST_F(BackupTest, is_not_restored_where_another_process_is) {
  ASSERT_TRUE(back_up());
  const auto other = DataDirectory::open(fresh_);
  EXPECT_THAT(restore().error().message, HasSubstr("in use by another doorward"));
}

TEST_F(BackupTest, of_which_the_restore_fails_leaves_the_directory_empty_and_usable) {
  std::ofstream(file_) << "no backup";
  EXPECT_THAT(restore().error().message, HasSubstr("take another"));
  EXPECT_THAT(files_in(fresh_), UnorderedElementsAre("lock"));
  Disturbed forged("");
  EXPECT_THAT(doorward::restore(forged, file_, fresh_).error().message, HasSubstr("none of doorward's"));
  EXPECT_THAT(files_in(fresh_), UnorderedElementsAre("lock"));
  EXPECT_FALSE(fs::exists(place_ / "escaped"));
  fs::remove(file_);
  EXPECT_EQ(restore().error().code, ErrorCode::not_found);
  ASSERT_TRUE(back_up());
  EXPECT_TRUE(restore());
}

TEST(KeptNames, lead_into_the_folders_that_are_kept_and_nowhere_else) {
  for (const char* kept : {"tokens.yaml", "admin.kubeconfig", "keys/audit.key", "tls/ca.crt",
                           "secrets/team/ldap/password", "secrets/a.b/.hidden"}) {
    EXPECT_TRUE(is_kept_name(kept)) << kept;
  }
  for (const char* other :
       {"", "/", "keys", "keys/", "/keys/x", "doorward.db", "lock", "other/x", "keys//x", "keys/./x",
        "keys/../lock", "keys/..", "secrets/x/../../../etc/passwd", "secrets/..data/x", "keysx/y"}) {
    EXPECT_FALSE(is_kept_name(other)) << other;
  }
  EXPECT_FALSE(is_kept_name(std::string_view("keys/a\0b", 8)));
  EXPECT_TRUE(is_kept_name("keys/" + std::string(1'019, 'x')));
  EXPECT_FALSE(is_kept_name("keys/" + std::string(1'020, 'x')));
}

// Every name of so many characters that could matter, behind a folder that is kept and behind none.
TEST(KeptNames, of_every_make_stay_below_the_data_directory) {
  constexpr std::string_view letters("./a\0", 4);
  constexpr std::size_t longest = 6;
  const fs::path top = "/data";
  std::size_t kept = 0;
  std::vector<std::string> names{""};
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (const std::string prefix : {"", "keys/", "tls", "secrets/b/"}) {
      const std::string name = prefix + names[i];
      if (!is_kept_name(name)) continue;
      ++kept;
      const fs::path path = top / name;
      EXPECT_EQ(path.lexically_normal(), path) << name;
      EXPECT_TRUE(path.native().starts_with("/data/")) << name;
      EXPECT_EQ(name.find('\0'), std::string::npos);
    }
    if (names[i].size() == longest) continue;
    const std::string shorter = names[i];
    for (const char letter : letters) names.push_back(shorter + letter);
  }
  EXPECT_GT(kept, 100u);
}

}  // namespace
}  // namespace doorward
