#pragma once
// What store.hpp promises, held against every back end in the same words. A back end's test program includes
// this once and instantiates StoreContract with a way to make a BackEnd.
#include "store/store.hpp"
#include "tests/store/samples.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {

// An empty place to keep things, which is cleared away with this.
class BackEnd {
 public:
  virtual ~BackEnd() = default;
  // A store on what has been kept so far. The one opened before is gone by then.
  virtual std::unique_ptr<Store> open() = 0;
};

using MakeBackEnd = std::unique_ptr<BackEnd> (*)();

class StoreContract : public ::testing::TestWithParam<MakeBackEnd> {
 protected:
  template <class... Writes>
  Result<std::vector<ResourceVersion>> commit(const Writes&... writes) {
    const std::vector<Write> all = {writes...};
    return store_->commit(all);
  }
  template <class... Writes>
  ErrorCode refusal(const Writes&... writes) {
    const auto result = commit(writes...);
    EXPECT_FALSE(result.has_value()) << "was committed";
    return result ? ErrorCode::internal : result.error().code;
  }
  ResourceVersion must_commit(const Write& write) {
    const auto versions = commit(write);
    EXPECT_TRUE(versions.has_value()) << (versions ? "" : versions.error().message);
    return versions ? versions->back() : 0;
  }
  void reopen() {
    store_.reset();
    store_ = back_end_->open();
  }
  // What is there, as NS/NAME=DOCUMENT.
  std::vector<std::string> listed(const ListRange& range) {
    std::vector<std::string> texts;
    const auto list = store_->list(range);
    EXPECT_TRUE(list.has_value()) << (list ? "" : list.error().message);
    for (const StoredObject& o : list ? list->objects : std::vector<StoredObject>()) {
      texts.push_back(o.key.ns + "/" + o.key.name + "=" + o.document);
    }
    return texts;
  }
  std::vector<ResourceVersion> versions_after(ResourceVersion version) {
    std::vector<ResourceVersion> versions;
    for (const Change& change : store_->changes_after(version, SIZE_MAX).value())
      versions.push_back(change.version);
    return versions;
  }
  bool has_user(std::string_view realm, std::string_view username) {
    return store_->find_user(realm, username, Patience::some_seconds).has_value();
  }

  std::unique_ptr<BackEnd> back_end_ = GetParam()();
  std::unique_ptr<Store> store_ = back_end_->open();
};

namespace contract {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

using namespace samples;
using namespace std::string_literals;

using Logins = std::vector<std::pair<std::string, std::string>>;

inline const std::string users = user_key("").kind;

// Versions

TEST_P(StoreContract, a_new_store_is_empty_and_at_version_0) {
  EXPECT_EQ(store_->version(), 0U);
  EXPECT_THAT(listed({.kind = users}), IsEmpty());
  EXPECT_THAT(store_->changes_after(0, 10).value(), IsEmpty());
}

TEST_P(StoreContract, versions_are_one_sequence_over_all_kinds_and_commits) {
  EXPECT_THAT(commit(put(user_key("a")), put(space_key("b"))).value(), ElementsAre(1U, 2U));
  EXPECT_THAT(commit(Delete{.key = user_key("a")}).value(), ElementsAre(3U));
  EXPECT_EQ(store_->version(), 3U);
  EXPECT_THAT(versions_after(0), ElementsAre(1U, 2U, 3U));
}

TEST_P(StoreContract,
       a_version_is_never_given_twice_not_even_when_history_was_forgotten_and_the_store_reopened) {
  must_commit(put(user_key("a")));
  const ResourceVersion last = must_commit(Delete{.key = user_key("a")});
  ASSERT_TRUE(store_->compact(last).has_value());
  reopen();
  EXPECT_EQ(store_->version(), last);
  EXPECT_EQ(must_commit(put(user_key("a"))), last + 1);
}

TEST_P(StoreContract, no_writes_are_no_commit) {
  EXPECT_THAT(commit().value(), IsEmpty());
  EXPECT_EQ(store_->version(), 0U);
}

// Objects

TEST_P(StoreContract, an_object_comes_back_as_it_was_put_with_its_version) {
  Put write = put(user_key("shop.alice"), "{\"spec\":\"\u20ac \\u0000\"}");
  write.object.generation = 7;
  write.object.version = 4'711;  // ignored
  must_commit(write);
  reopen();
  StoredObject expected = write.object;
  expected.version = 1;
  EXPECT_EQ(store_->get(user_key("shop.alice")).value(), expected);
  EXPECT_THAT(store_->list({.kind = users}).value().objects, ElementsAre(expected));
}

TEST_P(StoreContract, a_document_may_have_megabytes) {
  const std::string document(3 << 20, 'x');
  must_commit(put(user_key("a"), document));
  EXPECT_EQ(store_->get(user_key("a")).value().document, document);
}

TEST_P(StoreContract, an_object_that_is_not_there_is_not_found_and_named) {
  must_commit(put(user_key("a")));
  must_commit(Delete{.key = user_key("a")});
  for (const ObjectKey& key : {user_key("a"), user_key("b"), user_key("a", "other"), space_key("a")}) {
    const auto object = store_->get(key);
    ASSERT_FALSE(object.has_value());
    EXPECT_EQ(object.error().code, ErrorCode::not_found);
    EXPECT_THAT(object.error().message, HasSubstr(key.text()));
  }
}

TEST_P(StoreContract, a_put_expects_what_it_says) {
  Put create = put(user_key("a"), "1");
  create.expected = 0;
  Put update = put(user_key("a"), "2");
  update.expected = 1;
  EXPECT_EQ(refusal(update), ErrorCode::conflict) << "of an object that is not there";
  EXPECT_EQ(must_commit(create), 1U);
  EXPECT_EQ(refusal(create), ErrorCode::already_exists);
  EXPECT_EQ(must_commit(update), 2U);
  EXPECT_EQ(refusal(update), ErrorCode::conflict) << "of a version that has passed";
  update.expected = 3;
  EXPECT_EQ(refusal(update), ErrorCode::conflict) << "of a version to come";
  EXPECT_EQ(must_commit(put(user_key("a"), "3")), 3U) << "without an expectation";
  must_commit(Delete{.key = user_key("a")});
  update.expected = 4;
  EXPECT_EQ(refusal(update), ErrorCode::conflict) << "of the version of its deletion";
  EXPECT_EQ(must_commit(create), 5U) << "anew, after its deletion";
}

TEST_P(StoreContract, a_delete_expects_what_it_says) {
  EXPECT_EQ(refusal(Delete{.key = user_key("a")}), ErrorCode::not_found);
  must_commit(put(user_key("a")));
  EXPECT_EQ(refusal(Delete{.key = user_key("a"), .expected = 2}), ErrorCode::conflict);
  EXPECT_EQ(must_commit(Delete{.key = user_key("a"), .expected = 1}), 2U);
  EXPECT_EQ(refusal(Delete{.key = user_key("a")}), ErrorCode::not_found);
}

TEST_P(StoreContract, an_object_without_a_kind_or_a_name_is_invalid) {
  EXPECT_EQ(refusal(put({"", "team", "a"})), ErrorCode::invalid);
  EXPECT_EQ(refusal(put({users, "team", ""})), ErrorCode::invalid);
}

TEST_P(StoreContract, of_several_writes_all_are_done_or_none) {
  must_commit(put_space("old", "taken"));
  Put moved = put_user("shop.alice", "shop", "alice");
  moved.realm = Realm::parse("shop").value();
  EXPECT_EQ(refusal(moved, Delete{.key = space_key("old")}, put_space("new", "fresh"),
                    Delete{.key = user_key("none")}),
            ErrorCode::not_found);
  reopen();
  EXPECT_EQ(store_->version(), 1U);
  EXPECT_THAT(versions_after(0), ElementsAre(1U));
  EXPECT_THAT(listed({.kind = users}), IsEmpty());
  EXPECT_TRUE(store_->get(space_key("old")).has_value());
  EXPECT_FALSE(has_user("shop", "alice"));
  EXPECT_TRUE(
      commit(put_space("other", "shop", "elsewhere"), put_space("another", "fresh", "elsewhere")).has_value())
      << "the realms were not reserved";
}

TEST_P(StoreContract, an_error_names_the_object_at_fault) {
  const auto result = commit(put(user_key("good")), Delete{.key = user_key("bad")});
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().message, HasSubstr(user_key("bad").text()));
}

TEST_P(StoreContract, one_commit_may_write_an_object_several_times) {
  EXPECT_THAT(commit(put(user_key("a"), "1"), Delete{.key = user_key("a")}, put(user_key("a"), "2")).value(),
              SizeIs(3));
  EXPECT_EQ(store_->get(user_key("a")).value().document, "2");
}

// Lists

TEST_P(StoreContract, a_list_has_one_kind_by_namespace_then_name_in_byte_order) {
  must_commit(put(user_key("b", "n2")));
  must_commit(put(user_key("a-b", "n1")));
  must_commit(put(user_key("a", "n1")));
  must_commit(put(user_key("a.b", "n1")));
  must_commit(put(user_key("c", "")));
  must_commit(put(space_key("x", "n1")));
  EXPECT_THAT(listed({.kind = users}), ElementsAre("/c={}", "n1/a={}", "n1/a-b={}", "n1/a.b={}", "n2/b={}"));
  EXPECT_THAT(listed({.kind = users, .ns = "n1"}), ElementsAre("n1/a={}", "n1/a-b={}", "n1/a.b={}"));
  EXPECT_THAT(listed({.kind = users, .ns = ""}), ElementsAre("/c={}"));
  EXPECT_THAT(listed({.kind = users, .ns = "n"}), IsEmpty());
  EXPECT_THAT(listed({.kind = "messagingusers"}), IsEmpty());
}

TEST_P(StoreContract, a_list_ends_at_its_limit_and_says_whether_there_is_more) {
  for (const char* name : {"a", "b", "c"}) must_commit(put(user_key(name)));
  const std::pair<std::size_t, bool> cases[] = {{0, true},  {1, true},  {2, true},
                                                {3, false}, {4, false}, {SIZE_MAX, false}};
  for (const auto& [limit, more] : cases) {
    const auto list = store_->list({.kind = users, .limit = limit}).value();
    EXPECT_THAT(list.objects, SizeIs(std::min<std::size_t>(limit, 3)));
    EXPECT_EQ(list.more, more) << limit;
    EXPECT_EQ(list.version, 3U);
  }
}

TEST_P(StoreContract, a_list_continues_behind_any_name_whether_it_exists_or_not) {
  for (const char* ns : {"n1", "n2"}) {
    for (const char* name : {"a", "b"}) must_commit(put(user_key(name, ns)));
  }
  const auto after = [&](const char* ns, const char* name) {
    return listed({.kind = users, .after = std::pair<std::string, std::string>(ns, name)});
  };
  EXPECT_THAT(after("n1", "a"), ElementsAre("n1/b={}", "n2/a={}", "n2/b={}"));
  EXPECT_THAT(after("n1", "aa"), ElementsAre("n1/b={}", "n2/a={}", "n2/b={}"));
  EXPECT_THAT(after("n1", "b"), ElementsAre("n2/a={}", "n2/b={}"));
  EXPECT_THAT(after("n2", "b"), IsEmpty());
  EXPECT_THAT(after("", ""), SizeIs(4));

  const auto in_n1 = [&](const char* ns, const char* name) {
    return listed({.kind = users, .ns = "n1", .after = std::pair<std::string, std::string>(ns, name)});
  };
  EXPECT_THAT(in_n1("n1", "a"), ElementsAre("n1/b={}"));
  EXPECT_THAT(in_n1("n0", "z"), SizeIs(2));
  EXPECT_THAT(in_n1("n2", "a"), IsEmpty());
}

TEST_P(StoreContract, a_list_of_a_past_version_shows_what_was_there_then) {
  must_commit(put(user_key("kept"), "1"));       // 1
  must_commit(put(user_key("changed"), "1"));    // 2
  must_commit(put(user_key("gone"), "1"));       // 3
  must_commit(put(user_key("changed"), "2"));    // 4
  must_commit(Delete{.key = user_key("gone")});  // 5
  must_commit(put(user_key("gone"), "2"));       // 6
  must_commit(put(user_key("new"), "1"));        // 7
  const auto at = [&](ResourceVersion version) {
    const auto list = store_->list({.kind = users, .at = version});
    EXPECT_EQ(list.value().version, version);
    return listed({.kind = users, .at = version});
  };
  EXPECT_THAT(at(0), IsEmpty());
  EXPECT_THAT(at(3), ElementsAre("team/changed=1", "team/gone=1", "team/kept=1"));
  EXPECT_THAT(at(4), ElementsAre("team/changed=2", "team/gone=1", "team/kept=1"));
  EXPECT_THAT(at(5), ElementsAre("team/changed=2", "team/kept=1"));
  EXPECT_THAT(at(6), ElementsAre("team/changed=2", "team/gone=2", "team/kept=1"));
  EXPECT_EQ(at(7), listed({.kind = users}));
  const auto future = store_->list({.kind = users, .at = 8});
  ASSERT_FALSE(future.has_value());
  EXPECT_EQ(future.error().code, ErrorCode::invalid);
}

TEST_P(StoreContract, the_pages_of_one_list_show_one_snapshot_while_others_write) {
  for (char name = 'a'; name <= 'f'; ++name) must_commit(put(user_key(std::string(1, name)), "old"));
  ListRange range{.kind = users, .limit = 2};
  std::vector<std::string> seen;
  for (bool more = true; more;) {
    const auto page = store_->list(range).value();
    for (const StoredObject& o : page.objects) seen.push_back(o.key.name + "=" + o.document);
    range.at = page.version;
    range.after = {page.objects.back().key.ns, page.objects.back().key.name};
    more = page.more;
    must_commit(put(user_key("e"), "new"));
    must_commit(put(user_key("a" + std::to_string(seen.size())), "new"));
    must_commit(put(user_key("z" + std::to_string(seen.size())), "new"));
    if (seen.size() == 2) must_commit(Delete{.key = user_key("d")});
  }
  EXPECT_THAT(seen, ElementsAre("a=old", "b=old", "c=old", "d=old", "e=old", "f=old"));
}

// History

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

// Login records

TEST_P(StoreContract, a_login_record_comes_back_whole) {
  Put write = put_user("shop.alice", "shop", "alice");
  LoginRecord& record = write.login->emplace(login("shop", "alice"));
  record.type = UserType::serviceaccount;
  record.credentials = {credential(ScramHash::sha1, '1'), credential(ScramHash::sha256, '\0', 2),
                        credential(ScramHash::sha512, '\xfe')};
  record.authorization = {{.addresses = {"a", "queue/*", "\u20ac", std::string(1'024, 'x')},
                           .operations = {.send = true, .recv = true}},
                          {.addresses = {}, .operations = {.view = true, .manage = true}},
                          {.addresses = {"", "b"}, .operations = {}}};
  const ResourceVersion version = must_commit(write);
  reopen();
  const UserSnapshot user = store_->find_user("shop", "alice", Patience::none).value();
  EXPECT_EQ(*user, (UserRecord{.realm = record.realm,
                               .username = record.username,
                               .version = version,
                               .type = record.type,
                               .credentials = record.credentials,
                               .authorization = record.authorization}));
  EXPECT_EQ(store_->login_record(user_key("shop.alice")).value(), record);
}

TEST_P(StoreContract, a_user_that_does_not_exist_is_not_found_whatever_the_name) {
  must_commit(put_user("shop.alice", "shop", "alice"));
  const std::pair<std::string, std::string> names[] = {
      {"shop", "bob"},
      {"lab", "alice"},
      {"shop", "Alice"},
      {"shop", ""},
      {"", "alice"},
      {"", ""},
      {"shop", "alice\0"s},
      {"shop\0"s, "alice"},
      {"shop", "ali"},
      {"shop", "alice "},
      {"shop", "%"},
      {"shop", "' OR ''='"},
      {"shop", "\xff\xfe"},
      {"shop", std::string(1 << 20, 'a')},
      {std::string(1 << 20, 'a'), "alice"},
  };
  for (const auto& [realm, username] : names) {
    const auto user = store_->find_user(realm, username, Patience::none);
    ASSERT_FALSE(user.has_value()) << username.substr(0, 20);
    EXPECT_EQ(user.error().code, ErrorCode::not_found);
  }
  EXPECT_TRUE(has_user("shop", "alice"));
}

TEST_P(StoreContract, a_record_keeps_its_version_until_it_is_written_again) {
  must_commit(put_user("u", "shop", "alice", 'k'));
  must_commit(put(user_key("u"), "a new label"));
  EXPECT_EQ(store_->find_user("shop", "alice", Patience::none).value()->version, 1U);
  must_commit(put_user("u", "shop", "alice", 'n'));
  const UserSnapshot user = store_->find_user("shop", "alice", Patience::none).value();
  EXPECT_EQ(user->version, 3U);
  EXPECT_THAT(user->credentials, ElementsAre(credential(ScramHash::sha256, 'n')));
}

TEST_P(StoreContract, the_old_login_stops_when_a_user_is_renamed_removed_or_deleted) {
  must_commit(put_user("u", "shop", "alice"));
  must_commit(put_user("u", "shop", "bob"));
  EXPECT_FALSE(has_user("shop", "alice"));
  EXPECT_TRUE(has_user("shop", "bob"));
  Put without = put(user_key("u"));
  without.login.emplace();
  must_commit(without);
  EXPECT_FALSE(has_user("shop", "bob"));
  EXPECT_EQ(store_->login_record(user_key("u")).error().code, ErrorCode::not_found);
  must_commit(put_user("u", "shop", "carol"));
  must_commit(Delete{.key = user_key("u")});
  EXPECT_FALSE(has_user("shop", "carol"));
  EXPECT_EQ(store_->login_record(user_key("u")).error().code, ErrorCode::not_found);
}

TEST_P(StoreContract, a_username_belongs_to_one_object_of_its_realm) {
  must_commit(put_user("first", "shop", "alice"));
  const auto second = commit(put_user("second", "shop", "alice"));
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::already_exists);
  EXPECT_THAT(second.error().message, HasSubstr("team/first"));
  EXPECT_FALSE(store_->get(user_key("second")).has_value());
  must_commit(put_user("third", "lab", "alice"));
  EXPECT_EQ(refusal(put_user("third", "shop", "alice")), ErrorCode::already_exists) << "by a rename";
  EXPECT_TRUE(has_user("lab", "alice")) << "as before the refused rename";
  EXPECT_EQ(refusal(put_user("fourth", "hut", "eve"), put_user("fifth", "hut", "eve")),
            ErrorCode::already_exists);
  EXPECT_TRUE(commit(Delete{.key = user_key("first")}, put_user("second", "shop", "alice")).has_value());
}

TEST_P(StoreContract, a_login_record_out_of_bounds_is_invalid) {
  const auto refused = [&](auto spoil) {
    Put write = put_user("u", "shop", "alice");
    spoil(**write.login);
    return refusal(write);
  };
  EXPECT_EQ(refused([](LoginRecord& r) { r.credentials.push_back(r.credentials[0]); }), ErrorCode::invalid);
  EXPECT_EQ(refused([](LoginRecord& r) { r.credentials[0].keys.clear(); }), ErrorCode::invalid);
  EXPECT_EQ(refused([](LoginRecord& r) { r.credentials[0].keys[0].stored_key += 'x'; }), ErrorCode::invalid);
  EXPECT_EQ(store_->version(), 0U);
}

TEST_P(StoreContract, an_object_without_login_has_no_login_record) {
  must_commit(put(user_key("u")));
  EXPECT_EQ(store_->login_record(user_key("u")).error().code, ErrorCode::not_found);
  EXPECT_EQ(store_->login_record(user_key("none")).error().code, ErrorCode::not_found);
}

// Realms

TEST_P(StoreContract, a_realm_belongs_to_one_address_space) {
  must_commit(put_space("a", "shop"));
  must_commit(put_space("a", "shop"));
  EXPECT_EQ(refusal(put_space("b", "shop")), ErrorCode::already_exists);
  const auto stranger = commit(put_space("a", "shop", "other"));
  ASSERT_FALSE(stranger.has_value());
  EXPECT_EQ(stranger.error().code, ErrorCode::already_exists);
  EXPECT_THAT(stranger.error().message, Not(HasSubstr("team"))) << "tells a stranger whose it is";
}

TEST_P(StoreContract, a_realm_that_was_used_stays_reserved_for_its_namespace) {
  must_commit(put_space("a", "shop"));
  must_commit(put_space("a", "lab"));
  must_commit(put_space("c", "hut"));
  must_commit(Delete{.key = space_key("a")});
  must_commit(Delete{.key = space_key("c")});
  reopen();
  for (const char* realm : {"shop", "lab", "hut"}) {
    EXPECT_EQ(refusal(put_space("x", realm, "other")), ErrorCode::already_exists) << realm;
    EXPECT_TRUE(commit(put_space(realm, realm)).has_value()) << realm;
  }
}

TEST_P(StoreContract, a_put_that_names_no_realm_leaves_the_one_that_is_held) {
  must_commit(put_space("a", "shop"));
  must_commit(put(space_key("a"), "a new label"));
  EXPECT_EQ(refusal(put_space("b", "shop")), ErrorCode::already_exists);
}

TEST_P(StoreContract, deleting_an_object_of_another_kind_releases_no_realm) {
  must_commit(put_space("a", "shop"));
  must_commit(put(user_key("a")));
  must_commit(Delete{.key = user_key("a")});
  EXPECT_EQ(refusal(put_space("b", "shop")), ErrorCode::already_exists);
}

// Shared keys

TEST_P(StoreContract, a_shared_key_is_made_once_and_stays) {
  const Secret key = store_->shared_key("decoy").value();
  EXPECT_EQ(key.size(), 32U);
  EXPECT_TRUE(store_->shared_key("decoy").value().equals(key.reveal()));
  EXPECT_FALSE(store_->shared_key("other").value().equals(key.reveal()));
  reopen();
  EXPECT_TRUE(store_->shared_key("decoy").value().equals(key.reveal()));
  EXPECT_EQ(store_->version(), 0U) << "a key is no change";
}

TEST_P(StoreContract, threads_that_ask_for_a_new_shared_key_at_once_get_the_same) {
  std::vector<std::string> keys(4);
  {
    std::vector<std::jthread> threads;
    for (std::string& key : keys) {
      threads.emplace_back([&] { key = store_->shared_key("decoy").value().reveal(); });
    }
  }
  EXPECT_THAT(keys, Each(keys[0]));
  EXPECT_THAT(keys[0], SizeIs(32));
}

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

}  // namespace contract
}  // namespace doorward
