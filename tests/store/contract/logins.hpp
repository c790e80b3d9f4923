#pragma once
// Login records, realms and the keys that replicas share.
#include "tests/store/contract/store_contract.hpp"

namespace doorward::contract {

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

inline ScramCredential shaped(ScramHash hash, std::size_t salt_bytes, std::uint32_t iterations) {
  ScramCredential made = credential(hash, 's');
  made.salt = std::string(salt_bytes, 's');
  made.iterations = iterations;
  return made;
}

inline Put put_shaped(const std::string& username, std::vector<ScramCredential> credentials,
                      const std::string& realm = "shop") {
  Put write = put_user("u." + username, realm, username);
  (*write.login)->credentials = std::move(credentials);
  return write;
}

TEST_P(StoreContract, counts_the_shapes_of_a_realms_credentials_through_every_write) {
  using Shapes = std::vector<CredentialShape>;
  const auto shapes = [&](const std::string& realm = "shop") {
    return store_->credential_shapes(realm, Patience::none).value();
  };
  EXPECT_EQ(shapes(), Shapes());
  must_commit(
      put_shaped("ann", {shaped(ScramHash::sha1, 16, 32'768), shaped(ScramHash::sha256, 16, 32'768)}));
  must_commit(put_shaped("bob", {shaped(ScramHash::sha256, 24, 4'096)}));
  must_commit(put_shaped("eve", {shaped(ScramHash::sha256, 64, 4'096)}, "lab"));
  const Shapes before{{16, 32'768, 2}, {24, 4'096, 1}};
  EXPECT_EQ(shapes(), before);
  EXPECT_EQ(shapes("lab"), (Shapes{{64, 4'096, 1}}));

  must_commit(put_shaped("bob", {shaped(ScramHash::sha256, 24, 4'096)}));  // the same again
  EXPECT_EQ(shapes(), before);
  must_commit(put(user_key("u.bob"), "another document"));  // the record stays
  EXPECT_EQ(shapes(), before);
  must_commit(put_shaped("ann", {shaped(ScramHash::sha256, 16, 32'768)}));  // a hash less
  EXPECT_EQ(shapes(), (Shapes{{16, 32'768, 1}, {24, 4'096, 1}}));
  must_commit(put_shaped("bob", {}));
  EXPECT_EQ(shapes(), (Shapes{{16, 32'768, 1}}));

  Put renamed = put_user("u.ann", "lab", "anna");  // and of another realm
  (*renamed.login)->credentials = {shaped(ScramHash::sha256, 64, 4'096)};
  must_commit(renamed);
  EXPECT_EQ(shapes(), Shapes());
  EXPECT_EQ(shapes("lab"), (Shapes{{64, 4'096, 2}}));
  must_commit(Delete{.key = user_key("u.ann")});
  reopen();
  EXPECT_EQ(shapes("lab"), (Shapes{{64, 4'096, 1}}));
}

TEST_P(StoreContract, counts_apart_what_goes_with_another_hash_for_passwords) {
  using Shapes = std::vector<CredentialShape>;
  const auto shapes = [&] { return store_->credential_shapes("shop", Patience::none).value(); };
  const ScramCredential sha1 = shaped(ScramHash::sha1, 16, 4'096);
  const ScramCredential sha512 = shaped(ScramHash::sha512, 16, 4'096);
  must_commit(put_shaped("all", {sha1, shaped(ScramHash::sha256, 16, 4'096), sha512}));
  must_commit(put_shaped("two", {sha1, sha512}));
  must_commit(put_shaped("one", {sha1}));
  const CredentialShape of_all{16, 4'096, 3, ScramHash::sha256};
  const CredentialShape of_two{16, 4'096, 2, ScramHash::sha512};
  EXPECT_EQ(shapes(), (Shapes{of_all, of_two, {16, 4'096, 1, ScramHash::sha1}}));
  must_commit(put_shaped("one", {}));
  EXPECT_EQ(shapes(), (Shapes{of_all, of_two}));
  must_commit(Delete{.key = user_key("u.two")});
  EXPECT_EQ(shapes(), (Shapes{of_all}));
}

TEST_P(StoreContract, counts_no_shape_of_a_write_that_failed) {
  must_commit(put_shaped("ann", {shaped(ScramHash::sha256, 16, 32'768)}));
  const std::vector<Write> writes = {put_shaped("bob", {shaped(ScramHash::sha256, 24, 4'096)}),
                                     Delete{.key = user_key("nobody")}};
  EXPECT_FALSE(store_->commit(writes).has_value());
  EXPECT_EQ(store_->credential_shapes("shop", Patience::none).value().size(), 1U);
}

TEST_P(StoreContract, tells_so_many_shapes_at_most_and_the_most_used_first) {
  std::vector<Write> writes;
  for (std::size_t i = 0; i <= Store::max_shapes; ++i) {
    const std::uint32_t iterations = 4'096 + static_cast<std::uint32_t>(i);
    std::vector<ScramCredential> credentials = {shaped(ScramHash::sha256, 16, iterations)};
    if (i == 7) credentials.push_back(shaped(ScramHash::sha1, 16, iterations));
    writes.push_back(put_shaped("user" + std::to_string(i), std::move(credentials)));
  }
  ASSERT_TRUE(store_->commit(writes).has_value());
  const auto shapes = store_->credential_shapes("shop", Patience::none).value();
  EXPECT_EQ(shapes.size(), Store::max_shapes);
  EXPECT_EQ(shapes.front(), (CredentialShape{16, 4'096 + 7, 2}));
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

TEST_P(StoreContract, a_realm_that_nobody_owns_can_be_released) {
  const Realm shop = Realm::parse("shop").value();
  EXPECT_EQ(store_->release_realm(shop).error().code, ErrorCode::not_found);
  must_commit(put_space("a", "shop"));
  EXPECT_EQ(store_->reserved_realms().value(),
            std::vector({ReservedRealm{.realm = shop, .ns = space_key("a").ns, .owner = "a"}}));
  EXPECT_EQ(store_->release_realm(shop).error().code, ErrorCode::conflict);
  must_commit(Delete{.key = space_key("a")});
  EXPECT_EQ(store_->reserved_realms().value(),
            std::vector({ReservedRealm{.realm = shop, .ns = space_key("a").ns, .owner = std::nullopt}}));
  EXPECT_TRUE(store_->release_realm(shop).has_value());
  EXPECT_TRUE(store_->reserved_realms().value().empty());
  EXPECT_TRUE(commit(put_space("x", "shop", "other")).has_value()) << "another namespace may take it now";
}

TEST_P(StoreContract, a_put_that_names_no_realm_leaves_the_one_that_is_held) {
  must_commit(put_space("a", "shop"));
  must_commit(put(space_key("a"), "a new label"));
  EXPECT_EQ(refusal(put_space("b", "shop")), ErrorCode::already_exists);
}

TEST_P(StoreContract, tells_what_a_login_needs_of_each_realm_that_is_owned) {
  EXPECT_TRUE(store_->owned_realms().value().realms.empty());
  const auto owned = [&] {
    const OwnedRealms all = store_->owned_realms().value();
    EXPECT_EQ(all.version, store_->version().value());
    return all.realms;
  };
  Put shop = put_space("a", "shop"), lab = put_space("b", "lab");
  lab.realm->host = "auth.example.com";
  lab.realm->port = 65'535;
  lab.realm->logins_per_second = 0.5;
  must_commit(shop);
  must_commit(lab);
  EXPECT_THAT(owned(), ElementsAre(*lab.realm, *shop.realm));
  must_commit(put(space_key("b"), "a new label"));
  EXPECT_THAT(owned(), ElementsAre(*lab.realm, *shop.realm)) << "a put that says nothing of it";

  Put moved = put_space("b", "hut");
  moved.realm->service = {"team", "other"};
  must_commit(moved);
  EXPECT_THAT(owned(), ElementsAre(*moved.realm, *shop.realm)) << "another realm, and nothing overridden";
  must_commit(put_space("b", "hut"));
  must_commit(Delete{.key = space_key("a")});
  reopen();
  EXPECT_THAT(owned(), ElementsAre(*put_space("b", "hut").realm));
  must_commit(put_space("c", "shop"));
  EXPECT_THAT(owned(), ElementsAre(*put_space("b", "hut").realm, *put_space("c", "shop").realm));
}

TEST_P(StoreContract, of_a_refused_realm_nothing_is_told) {
  must_commit(put_space("a", "shop"));
  Put stranger = put_space("a", "shop", "other");
  stranger.realm->service = {"other", "mine"};
  EXPECT_EQ(refusal(stranger), ErrorCode::already_exists);
  EXPECT_THAT(store_->owned_realms().value().realms, ElementsAre(*put_space("a", "shop").realm));
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

}  // namespace doorward::contract
