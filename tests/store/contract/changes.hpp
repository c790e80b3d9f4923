#pragma once
// Who hears of changes, and what readers see beside writers.
#include "store/credential_cache.hpp"
#include "tests/store/contract/store_contract.hpp"

namespace doorward::contract {

// Subscribers

TEST_P(StoreContract, a_subscriber_hears_each_commit_before_it_returns_and_may_read_the_store) {
  std::vector<ResourceVersion> heard;
  const auto subscription = store_->subscribe([&](std::span<const Change> changes) {
    for (const Change& change : changes) {
      heard.push_back(change.version);
      EXPECT_EQ(store_->version(), changes.back().version);
      EXPECT_EQ(store_->changes_after(change.version - 1, 1).value().at(0).object, change.object);
      EXPECT_EQ(store_->changes_after(change.version - 1, 1).value().at(0).logins, change.logins);
    }
  });
  must_commit(put_user("u", "shop", "alice"));
  EXPECT_THAT(heard, ElementsAre(1U));
  ASSERT_TRUE(commit(put(user_key("a")), Delete{.key = user_key("u")}).has_value());
  EXPECT_THAT(heard, ElementsAre(1U, 2U, 3U));
  refusal(Delete{.key = user_key("none")});
  EXPECT_THAT(heard, SizeIs(3)) << "nothing of what was refused";
}

TEST_P(StoreContract, a_subscription_ends_with_its_handle_and_not_before) {
  int first = 0;
  int second = 0;
  auto one = store_->subscribe([&](std::span<const Change>) { ++first; });
  const auto two = store_->subscribe([&](std::span<const Change>) { ++second; });
  must_commit(put(user_key("a")));
  one.reset();
  must_commit(put(user_key("a")));
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
  store_.reset();  // the handle outlives the store
}

TEST_P(StoreContract, subscribers_hear_concurrent_commits_in_commit_order) {
  constexpr int writers = 4;
  constexpr int commits = 25;
  std::vector<ResourceVersion> heard;  // without a lock: calls come one after the other
  const auto subscription = store_->subscribe([&](std::span<const Change> changes) {
    for (const Change& change : changes) heard.push_back(change.version);
  });
  {
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < writers; ++writer) {
      threads.emplace_back([&, writer] {
        for (int i = 0; i < commits; ++i) must_commit(put(user_key(std::to_string(writer))));
      });
    }
  }
  EXPECT_THAT(heard, SizeIs(writers * commits));
  EXPECT_TRUE(std::ranges::is_sorted(heard));
}

// Readers beside writers

TEST_P(StoreContract, readers_see_whole_commits_in_order_while_others_write) {
  constexpr int writers = 2;
  constexpr int commits = 60;
  std::atomic<int> writing{writers};
  std::vector<std::jthread> threads;
  for (int writer = 0; writer < writers; ++writer) {
    threads.emplace_back([&, writer] {
      for (int i = 0; i < commits; ++i) {
        // Both objects of a commit carry one document.
        const std::string document = std::to_string(writer) + "-" + std::to_string(i);
        ASSERT_TRUE(commit(put(user_key("left"), document), put(user_key("right"), document)).has_value());
      }
      --writing;
    });
  }
  for (int reader = 0; reader < 3; ++reader) {
    threads.emplace_back([&] {
      ResourceVersion last = 0;
      ResourceVersion followed = 0;
      for (bool more = true; more;) {
        more = writing > 0;  // asked first, so that the last round sees everything
        const auto list = store_->list({.kind = users}).value();
        ASSERT_GE(list.version, last);
        last = list.version;
        if (!list.objects.empty()) {
          ASSERT_THAT(list.objects, SizeIs(2));
          ASSERT_EQ(list.objects[0].document, list.objects[1].document);
          ASSERT_EQ(list.objects[1].version, list.version);
        }
        for (const Change& change : store_->changes_after(followed, 7).value()) {
          ASSERT_EQ(change.version, followed + 1) << "a version appeared behind a greater one";
          followed = change.version;
        }
      }
      for (const Change& change : store_->changes_after(followed, SIZE_MAX).value()) {
        ASSERT_EQ(change.version, ++followed);
      }
      ASSERT_EQ(followed, ResourceVersion{2 * writers * commits});
    });
  }
}

TEST_P(StoreContract, a_cache_in_front_never_answers_a_record_older_than_the_last_commit_that_returned) {
  constexpr int commits = 80;
  CredentialCache cache(*store_, 2);
  const std::string names[] = {"alice", "bob", "carol"};
  std::atomic<ResourceVersion> returned[3] = {};
  std::atomic<bool> writing{true};
  std::vector<std::jthread> readers;
  for (std::size_t reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&, reader] {
      for (std::size_t i = reader; writing; i = (i + 1) % 3) {
        const ResourceVersion at_least = returned[i];
        const UserSnapshot user = cache.find("shop", names[i]).value();
        ASSERT_GE(user == nullptr ? 0 : user->version, at_least);
      }
    });
  }
  for (std::size_t i = 0; i < commits; ++i) {
    returned[i % 3] = must_commit(put_user("shop." + names[i % 3], "shop", names[i % 3]));
  }
  writing = false;
}

}  // namespace doorward::contract
