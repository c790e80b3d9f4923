#include "store/credential_cache.hpp"

#include "store/change_publisher.hpp"
#include "tests/store/samples.hpp"

#include <functional>
#include <map>
#include <thread>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using ::testing::IsNull;
using ::testing::NotNull;

// A store of login records in memory that counts what it is asked, and lets a test act in the middle of a
// read.
class FakeStore final : public Store {
 public:
  void write(const std::string& realm, const std::string& username, ResourceVersion version) {
    {
      const std::lock_guard lock(mutex_);
      versions_[{realm, username}] = version;
    }
    publish(realm, username);
  }
  void remove(const std::string& realm, const std::string& username) {
    {
      const std::lock_guard lock(mutex_);
      versions_.erase({realm, username});
    }
    publish(realm, username);
  }

  Result<UserSnapshot> find_user(std::string_view realm, std::string_view username,
                                 Patience patience) const override {
    if (patience == Patience::none && busy) return fail(ErrorCode::unavailable, "would wait");
    ++reads;
    const auto user = read(realm, username);
    if (after_read) after_read();
    return user;
  }
  Result<std::vector<CredentialShape>> credential_shapes(std::string_view realm,
                                                         Patience patience) const override {
    if (patience == Patience::none && busy) return fail(ErrorCode::unavailable, "would wait");
    ++reads;
    std::uint64_t users = 0;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [name, version] : versions_) users += name.first == realm ? 1 : 0;
    }
    if (after_read) after_read();
    if (users == 0) return {};
    return std::vector{CredentialShape{.salt_bytes = 16, .iterations = 32'768, .weight = users}};
  }
  std::shared_ptr<void> subscribe(Subscriber subscriber) override {
    return publisher_.subscribe(std::move(subscriber));
  }

  Result<std::vector<ResourceVersion>> commit(std::span<const Write>) override { return unused(); }
  Result<StoredObject> get(const ObjectKey&) const override { return unused(); }
  Result<StoredObject> get_at(const ObjectKey&, ResourceVersion) const override { return unused(); }
  Result<ObjectList> list(const ListRange&) const override { return unused(); }
  Result<std::map<std::string, std::uint64_t>> phases(std::string_view) const override { return unused(); }
  Result<ResourceVersion> version() const override { return unused(); }
  Result<std::vector<Change>> changes_after(ResourceVersion, std::size_t) const override { return unused(); }
  Result<> compact(ResourceVersion) override { return unused(); }
  Result<LoginRecord> login_record(const ObjectKey&) const override { return unused(); }
  Result<OwnedRealms> owned_realms() const override { return unused(); }
  Result<std::vector<ReservedRealm>> reserved_realms() const override { return unused(); }
  Result<> release_realm(const Realm&) override { return unused(); }
  Result<Secret> shared_key(std::string_view) override { return unused(); }

  bool busy = false;
  mutable std::atomic<int> reads{0};
  std::function<void()> after_read;

 private:
  static std::unexpected<Error> unused() {
    return fail(ErrorCode::internal, "the cache has no need of this");
  }

  Result<UserSnapshot> read(std::string_view realm, std::string_view username) const {
    const std::lock_guard lock(mutex_);
    const auto found = versions_.find({std::string(realm), std::string(username)});
    if (found == versions_.end()) return fail(ErrorCode::not_found, "no such user");
    return std::make_shared<const UserRecord>(UserRecord{.realm = Realm::parse(realm).value(),
                                                         .username = Username::parse(username).value(),
                                                         .version = found->second});
  }
  void publish(const std::string& realm, const std::string& username) {
    const Change change{.logins = {{realm, username}}};
    publisher_.publish(publisher_.take_place(), {&change, 1});
  }

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, ResourceVersion> versions_;
  ChangePublisher publisher_;
};

class CredentialCacheTest : public ::testing::Test {
 protected:
  ResourceVersion version_of(const std::string& username) {
    const auto user = cache_.find("shop", username).value();
    return user == nullptr ? 0 : user->version;
  }
  // How many of these lookups had to ask the store.
  int reads_for(const std::vector<std::string>& usernames) {
    const int before = store_.reads;
    for (const std::string& username : usernames) version_of(username);
    return store_.reads - before;
  }

  FakeStore store_;
  CredentialCache cache_{store_, 1'000};
};

TEST_F(CredentialCacheTest, asks_the_store_once_for_a_user) {
  store_.write("shop", "alice", 1);
  for (int i = 0; i < 3; ++i) {
    const auto user = cache_.peek("shop", "alice");
    ASSERT_TRUE(user.has_value());
    ASSERT_THAT(*user, NotNull());
    EXPECT_EQ((*user)->version, 1U);
  }
  EXPECT_EQ(version_of("alice"), 1U);
  EXPECT_EQ(store_.reads, 1);
  EXPECT_EQ(cache_.size(), 1U);
  EXPECT_EQ(cache_.lookups().hits, 3U);
  EXPECT_EQ(cache_.lookups().misses, 1U);
}

TEST_F(CredentialCacheTest, keeps_realms_and_names_apart) {
  store_.write("shop", "alice", 1);
  store_.write("lab", "alice", 2);
  store_.write("shopa", "lice", 3);
  EXPECT_EQ(cache_.find("shop", "alice").value()->version, 1U);
  EXPECT_EQ(cache_.find("lab", "alice").value()->version, 2U);
  EXPECT_EQ(cache_.find("shopa", "lice").value()->version, 3U);
  EXPECT_EQ(cache_.find("shop", "alice").value()->version, 1U);
}

TEST_F(CredentialCacheTest, asks_once_for_the_shapes_of_a_realm_until_a_commit_touches_it) {
  const auto weight_in = [&](std::string_view realm) {
    const auto shapes = cache_.peek_shapes(realm).value();
    return shapes->empty() ? 0 : shapes->front().weight;
  };
  EXPECT_EQ(weight_in("shop"), 0U);
  store_.write("shop", "alice", 1);
  EXPECT_EQ(weight_in("shop"), 1U);
  const int before = store_.reads;
  EXPECT_EQ(weight_in("shop"), 1U);
  store_.write("lab", "alice", 2);
  EXPECT_EQ(weight_in("shop"), 1U);
  EXPECT_EQ(store_.reads, before);
  store_.write("shop", "bob", 3);
  EXPECT_EQ(weight_in("shop"), 2U);
  store_.remove("shop", "alice");
  EXPECT_EQ(cache_.find_shapes("shop").value()->front().weight, 1U);
}

TEST_F(CredentialCacheTest, does_not_keep_shapes_that_a_commit_overtook) {
  bool written = false;
  store_.after_read = [&] {
    if (!std::exchange(written, true)) store_.write("shop", "alice", 1);
  };
  EXPECT_TRUE(cache_.find_shapes("shop").value()->empty());
  EXPECT_EQ(cache_.find_shapes("shop").value()->size(), 1U);
}

TEST_F(CredentialCacheTest, has_no_shapes_at_once_where_the_store_would_wait) {
  store_.busy = true;
  EXPECT_FALSE(cache_.peek_shapes("shop").has_value());
  EXPECT_TRUE(cache_.find_shapes("shop").has_value());
}

TEST_F(CredentialCacheTest, a_commit_drops_what_it_touched_and_nothing_else) {
  store_.write("shop", "alice", 1);
  store_.write("shop", "bob", 2);
  reads_for({"alice", "bob"});
  store_.write("shop", "alice", 3);
  EXPECT_EQ(version_of("alice"), 3U);
  EXPECT_EQ(reads_for({"bob"}), 0);
  store_.remove("shop", "alice");
  EXPECT_EQ(version_of("alice"), 0U);
}

TEST_F(CredentialCacheTest, a_login_keeps_the_record_it_began_with) {
  store_.write("shop", "alice", 1);
  const UserSnapshot begun = cache_.find("shop", "alice").value();
  store_.write("shop", "alice", 2);
  EXPECT_EQ(begun->version, 1U);
}

TEST_F(CredentialCacheTest, asks_the_store_once_for_a_name_that_nobody_has_until_somebody_does) {
  for (int i = 0; i < 2; ++i) {
    const auto user = cache_.peek("shop", "eve");
    ASSERT_TRUE(user.has_value());
    EXPECT_THAT(*user, IsNull());
    EXPECT_THAT(cache_.find("shop", "eve").value(), IsNull());
  }
  EXPECT_EQ(store_.reads, 1);
  EXPECT_EQ(cache_.size(), 0U);
  EXPECT_EQ(cache_.absent_names(), 1U);
  store_.write("shop", "eve", 1);
  EXPECT_EQ(version_of("eve"), 1U);
  EXPECT_EQ(cache_.absent_names(), 0U);
  store_.remove("shop", "eve");
  EXPECT_EQ(reads_for({"eve", "eve"}), 1);
  EXPECT_EQ(cache_.size(), 0U);
  EXPECT_EQ(cache_.absent_names(), 1U);
}

TEST_F(CredentialCacheTest, does_not_keep_that_nobody_has_a_name_where_a_commit_overtook_it) {
  store_.after_read = [&] {
    store_.after_read = nullptr;
    store_.write("shop", "eve", 1);
  };
  EXPECT_EQ(version_of("eve"), 0U) << "what was so when the lookup began may be answered";
  EXPECT_EQ(version_of("eve"), 1U) << "but not kept";
}

TEST_F(CredentialCacheTest, does_not_keep_that_nobody_has_a_name_where_the_store_could_not_say) {
  store_.busy = true;
  EXPECT_EQ(cache_.peek("shop", "eve"), std::nullopt);
  EXPECT_EQ(cache_.absent_names(), 0U);
}

TEST(CredentialCache, keeps_so_many_names_that_nobody_has_and_all_users_beside_them) {
  for (const std::size_t users : {1U, 64U}) {
    FakeStore store;
    CredentialCache cache(store, users);
    store.write("shop", "alice", 1);
    cache.find("shop", "alice").value();
    for (std::size_t i = 0; i < 2 * CredentialCache::max_absent_names; ++i) {
      cache.find("shop", "made up " + std::to_string(i)).value();
      if (i < 100) ASSERT_EQ(cache.absent_names(), i + 1);
      if (i % 1'000 == 0) ASSERT_LE(cache.absent_names(), CredentialCache::max_absent_names);
    }
    EXPECT_EQ(cache.absent_names(), CredentialCache::max_absent_names) << users;
    const int before = store.reads;
    cache.find("shop", "alice").value();
    EXPECT_EQ(store.reads, before) << "alice is still kept";
  }
}

TEST_F(CredentialCacheTest, a_peek_answers_nothing_where_the_store_would_wait_and_a_find_says_why) {
  store_.write("shop", "alice", 1);
  store_.busy = true;
  EXPECT_EQ(cache_.peek("shop", "alice"), std::nullopt);
  EXPECT_EQ(version_of("alice"), 1U);
  EXPECT_NE(cache_.peek("shop", "alice"), std::nullopt) << "from memory, while the store is still busy";
}

TEST_F(CredentialCacheTest, a_record_that_a_commit_overtook_is_not_kept) {
  store_.write("shop", "alice", 1);
  store_.after_read = [&] {
    store_.after_read = nullptr;
    store_.write("shop", "alice", 2);
  };
  EXPECT_EQ(version_of("alice"), 1U) << "what was there when the lookup began may be answered";
  EXPECT_EQ(version_of("alice"), 2U) << "but not kept";
}

TEST_F(CredentialCacheTest, two_lookups_of_one_user_at_once_keep_it_once) {
  store_.write("shop", "alice", 1);
  store_.after_read = [&] {
    store_.after_read = nullptr;
    version_of("alice");
  };
  EXPECT_EQ(version_of("alice"), 1U);
  EXPECT_EQ(cache_.size(), 1U);
  store_.write("shop", "alice", 2);
  EXPECT_EQ(version_of("alice"), 2U);
}

TEST(CredentialCache, never_keeps_more_users_than_it_may) {
  for (const std::size_t bound : {0U, 1U, 2U, 63U, 64U, 65U, 100U}) {
    FakeStore store;
    CredentialCache cache(store, bound);
    for (int i = 0; i < 2'000; ++i) {
      const std::string name = "user" + std::to_string(i);
      store.write("shop", name, 1);
      ASSERT_THAT(cache.find("shop", name).value(), NotNull());
    }
    EXPECT_EQ(cache.size(), std::max<std::size_t>(bound, 1)) << bound;
  }
}

TEST(CredentialCache, forgets_the_user_that_was_not_used_for_longest) {
  FakeStore store;
  CredentialCache cache(store, 1);
  store.write("shop", "alice", 1);
  store.write("shop", "bob", 2);
  cache.find("shop", "alice").value();
  cache.find("shop", "bob").value();
  EXPECT_EQ(store.reads, 2);
  cache.find("shop", "bob").value();
  EXPECT_EQ(store.reads, 2) << "bob is kept";
  cache.find("shop", "alice").value();
  EXPECT_EQ(store.reads, 3) << "alice had to go for bob";
}

TEST(CredentialCache, a_user_in_use_outlives_a_stream_of_others) {
  FakeStore store;
  CredentialCache cache(store, 640);
  store.write("shop", "alice", 1);
  for (int i = 0; i < 5'000; ++i) {
    const std::string name = "user" + std::to_string(i);
    store.write("shop", name, 1);
    cache.find("shop", name).value();
    cache.find("shop", "alice").value();
  }
  const int before = store.reads;
  cache.find("shop", "alice").value();
  EXPECT_EQ(store.reads, before);
}

TEST(CredentialCache, never_answers_a_record_older_than_the_last_write_that_returned) {
  FakeStore store;
  CredentialCache cache(store, 2);
  const std::string names[] = {"a", "b", "c"};
  constexpr ResourceVersion last = 2'000;
  std::atomic<ResourceVersion> returned[3] = {};
  std::atomic<bool> done{false};
  std::vector<std::jthread> readers;
  for (int reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&, reader] {
      for (std::size_t i = static_cast<std::size_t>(reader); !done; i = (i + 1) % 3) {
        const ResourceVersion at_least = returned[i];
        const UserSnapshot user = cache.find("shop", names[i]).value();
        ASSERT_GE(user == nullptr ? 0 : user->version, at_least);
      }
    });
  }
  for (ResourceVersion version = 1; version <= last; ++version) {
    store.write("shop", names[version % 3], version);
    returned[version % 3] = version;
  }
  done = true;
}

// Strangers ask for a name all the time, and whoever gets it can log in as soon as the write has returned.
TEST(CredentialCache, never_answers_that_nobody_has_a_name_once_the_write_of_it_returned) {
  FakeStore store;
  CredentialCache cache(store, 2);
  std::atomic<bool> done{false};
  std::vector<std::jthread> strangers;
  for (int i = 0; i < 2; ++i) {
    strangers.emplace_back([&] {
      while (!done) cache.find("shop", "eve").value();
    });
  }
  for (ResourceVersion version = 1; version <= 2'000; ++version) {
    store.write("shop", "eve", version);
    const UserSnapshot user = cache.find("shop", "eve").value();
    EXPECT_TRUE(user != nullptr && user->version == version) << version;
    store.remove("shop", "eve");
    EXPECT_THAT(cache.find("shop", "eve").value(), IsNull()) << version;
  }
  done = true;
}

}  // namespace
}  // namespace doorward
