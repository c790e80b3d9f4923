#pragma once
// What was, and how it is forgotten.
#include "tests/store/contract/store_contract.hpp"

namespace doorward::contract {

TEST_P(StoreContract, history_tells_each_change_with_the_object_after_it) {
  must_commit(put_user("shop.alice", "shop", "alice"));
  must_commit(put(user_key("shop.alice"), "2"));
  must_commit(Delete{.key = user_key("shop.alice")});
  must_commit(put(user_key("shop.alice"), "4"));
  const auto changes = store_->changes_after(0, 10).value();
  ASSERT_THAT(changes, SizeIs(4));
  const ChangeType types[] = {ChangeType::added, ChangeType::modified, ChangeType::deleted,
                              ChangeType::added};
  const char* documents[] = {"{}", "2", "2", "4"};
  for (std::size_t i = 0; i < 4; ++i) {
    StoredObject expected = object(user_key("shop.alice"), documents[i]);
    expected.version = i + 1;
    EXPECT_EQ(changes[i].version, i + 1);
    EXPECT_EQ(changes[i].type, types[i]) << i;
    EXPECT_EQ(changes[i].object, expected) << i;
  }
}

TEST_P(StoreContract, history_tells_which_login_records_a_change_touched) {
  Put no_login = put(user_key("u"));
  no_login.login.emplace();
  must_commit(put_user("u", "shop", "alice"));
  must_commit(put(user_key("u")));
  must_commit(put_user("u", "shop", "alice", 'n'));
  must_commit(put_user("u", "shop", "bob"));
  must_commit(no_login);
  must_commit(put_user("u", "lab", "bob"));
  must_commit(Delete{.key = user_key("u")});
  const auto changes = store_->changes_after(0, 10).value();
  ASSERT_THAT(changes, SizeIs(7));
  EXPECT_EQ(changes[0].logins, (Logins{{"shop", "alice"}})) << "made";
  EXPECT_EQ(changes[1].logins, Logins()) << "left as it is";
  EXPECT_EQ(changes[2].logins, (Logins{{"shop", "alice"}})) << "changed";
  EXPECT_EQ(changes[3].logins, (Logins{{"shop", "alice"}, {"shop", "bob"}})) << "moved";
  EXPECT_EQ(changes[4].logins, (Logins{{"shop", "bob"}})) << "removed";
  EXPECT_EQ(changes[5].logins, (Logins{{"lab", "bob"}})) << "made again";
  EXPECT_EQ(changes[6].logins, (Logins{{"lab", "bob"}})) << "removed with its object";
}

TEST_P(StoreContract, an_object_is_read_as_it_was_at_a_version) {
  must_commit(put(user_key("a"), "1"));
  must_commit(put(user_key("b")));
  must_commit(put(user_key("a"), "3"));
  must_commit(Delete{.key = user_key("a")});
  const auto document_at = [&](ResourceVersion version) {
    const auto found = store_->get_at(user_key("a"), version);
    return found ? found->document : std::string(to_string(found.error().code));
  };
  EXPECT_EQ(document_at(0), "not_found");
  EXPECT_EQ(document_at(1), "1");
  EXPECT_EQ(document_at(2), "1");
  EXPECT_EQ(document_at(3), "3");
  EXPECT_EQ(document_at(4), "not_found");
  EXPECT_EQ(document_at(1'000), "not_found") << "as it is now";
  EXPECT_EQ(store_->get_at(user_key("b"), 1'000)->version, 2u);
  ASSERT_TRUE(store_->compact(3));
  EXPECT_EQ(document_at(2), "expired");
  EXPECT_EQ(document_at(3), "3");
}

TEST_P(StoreContract, history_is_read_from_any_version_and_in_parts) {
  for (int i = 0; i < 5; ++i) must_commit(put(user_key("a")));
  EXPECT_THAT(versions_after(0), ElementsAre(1U, 2U, 3U, 4U, 5U));
  EXPECT_THAT(versions_after(3), ElementsAre(4U, 5U));
  EXPECT_THAT(versions_after(5), IsEmpty());
  EXPECT_THAT(versions_after(6), IsEmpty()) << "from the future";
  EXPECT_THAT(versions_after(UINT64_MAX), IsEmpty()) << "from the end of time";
  EXPECT_THAT(store_->changes_after(1, 2).value(), SizeIs(2));
  EXPECT_THAT(store_->changes_after(1, 0).value(), IsEmpty());
}

TEST_P(StoreContract, compaction_forgets_history_and_nothing_that_is_current) {
  must_commit(put_user("kept", "shop", "alice"));  // 1
  must_commit(put(user_key("changed"), "1"));      // 2
  must_commit(put(user_key("changed"), "2"));      // 3
  must_commit(put(user_key("gone")));              // 4
  must_commit(Delete{.key = user_key("gone")});    // 5
  must_commit(put(user_key("changed"), "3"));      // 6
  const auto before = listed({.kind = users});
  const auto at_5 = listed({.kind = users, .at = 5});
  ASSERT_TRUE(store_->compact(5).has_value());
  reopen();
  EXPECT_EQ(listed({.kind = users}), before);
  EXPECT_EQ(listed({.kind = users, .at = 5}), at_5)
      << "the last version that was forgotten can still be listed";
  EXPECT_TRUE(has_user("shop", "alice"));
  EXPECT_TRUE(store_->login_record(user_key("kept")).has_value());
  EXPECT_EQ(store_->version(), 6U);
  EXPECT_THAT(versions_after(5), ElementsAre(6U));
  for (const ResourceVersion version : {0U, 4U}) {
    const auto changes = store_->changes_after(version, 10);
    ASSERT_FALSE(changes.has_value()) << version;
    EXPECT_EQ(changes.error().code, ErrorCode::expired);
    const auto list = store_->list({.kind = users, .at = version});
    ASSERT_FALSE(list.has_value()) << version;
    EXPECT_EQ(list.error().code, ErrorCode::expired);
  }
  EXPECT_EQ(must_commit(put(user_key("gone"))), 7U) << "what was deleted and forgotten can be made again";
}

TEST_P(StoreContract, compaction_may_be_repeated_and_asked_for_more_than_there_is) {
  for (int i = 0; i < 3; ++i) must_commit(put(user_key("a")));
  for (const ResourceVersion version : {2U, 2U, 1U, 99U}) ASSERT_TRUE(store_->compact(version).has_value());
  EXPECT_THAT(versions_after(3), IsEmpty());
  EXPECT_EQ(must_commit(put(user_key("a"))), 4U);
  EXPECT_THAT(versions_after(3), ElementsAre(4U));
}

TEST_P(StoreContract, compaction_of_a_long_history_is_complete) {
  std::vector<Write> writes;
  for (int i = 0; i < 2'500; ++i) writes.push_back(put(user_key(std::to_string(i % 10)), std::to_string(i)));
  ASSERT_TRUE(store_->commit(writes).has_value());
  const auto before = listed({.kind = users});
  ASSERT_TRUE(store_->compact(2'400).has_value());
  EXPECT_EQ(listed({.kind = users}), before);
  EXPECT_FALSE(store_->changes_after(2'399, 1).has_value());
  EXPECT_THAT(versions_after(2'400), SizeIs(100));
}

}  // namespace doorward::contract
