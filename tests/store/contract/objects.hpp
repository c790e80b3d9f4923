#pragma once
// Versions, objects, and lists of them.
#include "tests/store/contract/store_contract.hpp"

namespace doorward::contract {

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

TEST_P(StoreContract, objects_are_counted_by_the_phase_of_their_status) {
  EXPECT_THAT(store_->phases(users).value(), IsEmpty());
  const auto phase = [](const std::string& text) { return R"({"status":{"phase":")" + text + "\"}}"; };
  must_commit(put(user_key("a"), phase("Active")));
  must_commit(put(user_key("b"), phase("Pending")));
  must_commit(put(user_key("b"), phase("Active")));
  must_commit(put(user_key("c", "other"), phase("Pending")));
  must_commit(put(user_key("d"), "{}"));
  must_commit(put(user_key("e"), "no JSON"));
  must_commit(put(user_key("f"), phase("Active")));
  must_commit(Delete{.key = user_key("f")});
  must_commit(put(space_key("a"), phase("Failed")));
  EXPECT_THAT(store_->phases(users).value(),
              ElementsAre(Pair("", 2U), Pair("Active", 2U), Pair("Pending", 1U)));
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
  moved.realm = put_space("other", "shop").realm;
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

}  // namespace doorward::contract
