// Who is let in, as whom, with what; and that whoever is not cannot tell why.
#include "server/login/login.hpp"

#include "tests/server/login/house.hpp"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::StartsWith;

TEST(Login, lets_in_who_knows_the_password_with_each_mechanism) {
  LoginHouse house;
  EXPECT_EQ(house.plain("shop", "ann", "pencil"), "accepted \"ann\"");
  for (const ScramHash hash : all_scram_hashes) {
    EXPECT_THAT(house.scram("shop", hash, "ann", "pencil"),
                ElementsAre(StartsWith("challenge r=...,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"),
                            "challenge \"v=", "accepted \"ann\""));
  }
}

TEST(Login, refuses_who_does_not) {
  LoginHouse house;
  EXPECT_EQ(house.plain("shop", "ann", "pencil "), "refused auth");
  for (const ScramHash hash : all_scram_hashes) {
    EXPECT_THAT(house.scram("shop", hash, "ann", "Pencil"),
                ElementsAre(StartsWith("challenge r="), "refused auth"));
  }
}

TEST(Login, asks_for_the_first_message_where_none_came) {
  LoginHouse house;
  Login login = house.begin("shop", "PLAIN");
  EXPECT_EQ(in_words(house.answer(login, std::nullopt)), "challenge \"\"");
  EXPECT_EQ(in_words(house.answer(login, plain_message("ann", "pencil"))), "accepted \"ann\"");
}

TEST(Login, gives_what_the_open_will_say_together_with_the_acceptance) {
  LoginHouse house;
  Login login = house.begin("shop", "PLAIN");
  const Login::Answer answer = house.answer(login, plain_message("ann", "pencil"));
  const Accepted& accepted = std::get<Accepted>(answer);
  EXPECT_EQ(accepted.identity.realm.text(), "shop");
  EXPECT_EQ(accepted.identity.username, "ann");
  EXPECT_EQ(accepted.identity.record_version, 7u);
  EXPECT_EQ(accepted.identity.login_id, login.id());
  EXPECT_TRUE(accepted.authorization->limited);
  EXPECT_THAT(accepted.authorization->addresses, ElementsAre(Pair("orders", Permissions{.send = true})));
}

TEST(Login, limits_a_standard_user_without_rules_to_nothing) {
  LoginHouse house;
  UserRecord bare = user_of("shop", "bare");
  bare.authorization.clear();
  house.users.put(bare);
  Login login = house.begin("shop", "PLAIN");
  const Login::Answer answer = house.answer(login, plain_message("bare", "pencil"));
  const Accepted& accepted = std::get<Accepted>(answer);
  EXPECT_TRUE(accepted.authorization->limited);
  EXPECT_TRUE(accepted.authorization->addresses.empty());
}

TEST(Login, lets_everybody_into_a_realm_of_a_none_service_with_full_access) {
  LoginHouse house;
  for (const auto& [mechanism, message, name] : {std::tuple("ANONYMOUS", std::string("trace"), "anonymous"),
                                                 std::tuple("PLAIN", plain_message("zoe", "x"), "zoe"),
                                                 std::tuple("EXTERNAL", std::string("zoe"), "zoe")}) {
    Login login = house.begin("open", mechanism);
    const Login::Answer answer = house.answer(login, message);
    ASSERT_EQ(in_words(answer), "accepted \"" + std::string(name) + '"') << mechanism;
    EXPECT_EQ(*std::get<Accepted>(answer).authorization, full_access()) << mechanism;
  }
  EXPECT_EQ(house.users.peeks, 0);
}

TEST(Login, keeps_the_record_that_it_began_with) {
  LoginHouse house;
  Login login = house.begin("shop", "SCRAM-SHA-256");
  const Login::Answer first = house.answer(login, "n,,n=ann,r=c");
  const std::string server_first = std::get<Challenge>(first).data;
  house.users.put(user_of("shop", "ann", "changed"));
  house.set_realms({});
  const std::string without_proof = "c=biws," + server_first.substr(0, server_first.find(','));
  const std::string proof =
      client_proof("pencil", credential_of("pencil", ScramHash::sha256, default_salt, few_iterations),
                   "n=ann,r=c," + server_first + ',' + without_proof);
  EXPECT_THAT(in_words(house.answer(login, without_proof + ",p=" + proof)), StartsWith("challenge \"v="));
  EXPECT_EQ(in_words(house.answer(login, "")), "accepted \"ann\"");
}

// ---- which realm

struct Named {
  std::string_view behaviour;
  std::string_view hostname;
  std::string_view listener;
  std::string_view sni;
  std::string_view ended;
  std::string_view told;
};

// A stranger sees of nobody what is usual in the realm, whatever way the store is asked.
TEST(Login, shows_of_nobody_a_shape_that_is_in_use_in_the_realm) {
  for (const bool would_wait : {false, true}) {
    LoginHouse house;
    house.users.shapes = {{.salt_bytes = 24, .iterations = 5'000, .weight = 1}};
    house.users.would_wait = would_wait;
    const auto first_of = [&](std::string_view realm, std::string_view username) {
      return house.scram(realm, ScramHash::sha256, username, "pencil").front();
    };
    const std::string nobody = first_of("shop", "nobody");
    EXPECT_THAT(nobody, testing::EndsWith(",i=5000"));
    // 24 bytes are 32 digits, and nothing to fill up.
    EXPECT_EQ(nobody.find(",i=") - nobody.find("s=") - 2, 32u) << nobody;
    EXPECT_EQ(first_of("shop", "nobody"), nobody);
    // Where there is no realm there is nothing in use.
    EXPECT_THAT(first_of("elsewhere", "nobody"), testing::EndsWith(",i=32768"));
  }
}

TEST(Realm, is_named_by_the_hostname_else_by_the_listener_else_by_sni) {
  LoginHouse house;
  const Named cases[] = {
      {"hostname", "shop", "", "", "accepted \"ann\"", "shop"},
      {"hostname and listener agree", "shop", "shop", "", "accepted \"ann\"", "shop"},
      {"hostname of another realm than the listener's", "shop", "open", "", "refused auth", "shop"},
      {"listener for an empty hostname", "", "shop", "", "accepted \"ann\"", "shop"},
      {"neither, and several realms", "", "", "", "refused auth", ""},
      {"unknown hostname, whatever the listener says", "elsewhere", "shop", "", "refused auth", "elsewhere"},
      {"unknown realm of the listener", "", "gone", "", "refused auth", "gone"},
      {"SNI for an empty hostname", "", "", "shop", "accepted \"ann\"", "shop"},
      {"hostname before SNI", "shop", "", "open", "accepted \"ann\"", "shop"},
      {"listener before SNI", "", "shop", "open", "accepted \"ann\"", "shop"},
      {"nonsense as SNI", "", "", "10.0.0.1", "refused auth", ""},
      {"exact bytes", "SHOP", "", "", "refused auth", "SHOP"},
  };
  for (const Named& c : cases) {
    Login login = house.logins->begin({.hostname = c.hostname,
                                       .default_realm = c.listener,
                                       .sni = c.sni,
                                       .mechanism = "PLAIN",
                                       .peer = {},
                                       .plain_allowed = true});
    EXPECT_EQ(in_words(house.answer(login, plain_message("ann", "pencil"))), c.ended) << c.behaviour;
    login.finish("");
    EXPECT_EQ(house.facts.back().realm, c.told) << c.behaviour;
  }
}

TEST(Realm, that_the_listener_does_not_serve_looks_like_one_that_is_nowhere) {
  LoginHouse house;
  const ObjectRef standard{"infra", "standard"};
  const ObjectRef none{"infra", "none"};
  const struct {
    std::string_view hostname;
    const ObjectRef* service;
    std::string_view ended;
    LoginReason reason;
  } cases[] = {{"shop", &standard, "accepted \"ann\"", LoginReason::accepted},
               {"shop", &none, "refused auth", LoginReason::unknown_realm},
               {"open", &none, "accepted \"ann\"", LoginReason::accepted},
               {"open", &standard, "refused auth", LoginReason::unknown_realm},
               {"elsewhere", &standard, "refused auth", LoginReason::unknown_realm}};
  for (const auto& c : cases) {
    Login login = house.logins->begin({.hostname = c.hostname,
                                       .default_realm = {},
                                       .listener_service = c.service,
                                       .mechanism = "PLAIN",
                                       .peer = {},
                                       .plain_allowed = true});
    EXPECT_EQ(in_words(house.answer(login, plain_message("ann", "pencil"))), c.ended) << c.hostname;
    login.finish("");
    EXPECT_EQ(house.facts.back().reason, c.reason) << c.hostname;
  }
}

TEST(Realm, is_the_only_one_where_nobody_names_one) {
  LoginHouse house;
  house.set_realms({service_of("shop", ServiceType::standard)});
  EXPECT_EQ(house.plain("", "ann", "pencil"), "accepted \"ann\"");
}

TEST(Realm, of_one_user_is_not_that_of_another) {
  LoginHouse house;
  house.set_realms({service_of("shop", ServiceType::standard), service_of("bar", ServiceType::standard)});
  EXPECT_EQ(house.plain("bar", "ann", "pencil"), "refused auth");
}

// A record may outlive its realm, and nobody logs in by it.
TEST(Realm, that_is_gone_lets_nobody_in_though_the_store_still_has_the_user) {
  LoginHouse house;
  house.set_realms({service_of("open", ServiceType::none)});
  EXPECT_EQ(house.plain("shop", "ann", "pencil"), "refused auth");
  EXPECT_THAT(house.scram("shop", ScramHash::sha256, "ann", "pencil"),
              ElementsAre(StartsWith("challenge r="), "refused auth"));
}

// ---- mechanisms

TEST(Mechanism, that_the_realm_cannot_do_is_refused_at_once) {
  LoginHouse house;
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"shop", "ANONYMOUS"},          {"shop", "EXTERNAL"},
      {"shop", "SCRAM-SHA-256-PLUS"}, {"shop", ""},
      {"shop", "DIGEST-MD5"},         {"shop", "plain"},
      {"open", "SCRAM-SHA-256"},      {"elsewhere", "ANONYMOUS"},
  };
  for (const auto& [realm, mechanism] : cases) {
    Login login = house.begin(realm, mechanism);
    EXPECT_EQ(in_words(house.answer(login, "a")), "refused auth") << realm << " " << mechanism;
    login.finish("");
    EXPECT_EQ(house.facts.back().reason,
              realm == "elsewhere" ? LoginReason::unknown_realm : LoginReason::mechanism_not_available);
  }
}

TEST(Mechanism, that_shows_passwords_is_refused_where_they_must_not_travel) {
  LoginHouse house;
  for (const std::string_view realm : {"shop", "open"}) {
    Login login =
        house.logins->begin({.hostname = realm, .default_realm = {}, .mechanism = "PLAIN", .peer = {}});
    EXPECT_EQ(in_words(house.answer(login, plain_message("ann", "pencil"))), "refused auth") << realm;
  }
}

TEST(Mechanism, that_goes_wrong_ends_with_its_own_reason_for_somebody_and_for_nobody) {
  LoginHouse house;
  for (const std::string_view username : {"ann", "nobody"}) {
    Login login = house.begin("shop", "SCRAM-SHA-256");
    EXPECT_THAT(in_words(house.answer(login, "n,,n=" + std::string(username) + ",r=c")),
                StartsWith("challenge"));
    EXPECT_EQ(in_words(house.answer(login, "c=biws,r=other,p=AAAA")), "refused auth");
    login.finish("");
    EXPECT_EQ(house.facts.back().reason, LoginReason::nonce_mismatch) << username;
  }
}

// ---- remembered passwords

TEST(RememberedPassword, costs_no_second_verification) {
  LoginHouse house;
  EXPECT_EQ(house.plain("shop", "ann", "pencil"), "accepted \"ann\"");
  const FullPool full(*house.pool);
  EXPECT_EQ(house.plain("shop", "ann", "pencil"), "accepted \"ann\"");
  EXPECT_EQ(house.plain("shop", "ann", "pencil2"), "refused sys_temp") << "this one needs the pool";
}

TEST(RememberedPassword, is_gone_once_the_record_has_another_version) {
  LoginHouse house;
  EXPECT_EQ(house.plain("shop", "ann", "pencil"), "accepted \"ann\"");
  UserRecord changed = user_of("shop", "ann", "changed");
  changed.version = 8;
  house.users.put(changed);
  EXPECT_EQ(house.plain("shop", "ann", "pencil"), "refused auth");
  EXPECT_EQ(house.plain("shop", "ann", "changed"), "accepted \"ann\"");
}

TEST(RememberedPassword, is_no_way_in_for_a_user_who_is_gone) {
  LoginHouse house;
  EXPECT_EQ(house.plain("shop", "ann", "pencil"), "accepted \"ann\"");
  house.users.erase("shop", "ann");
  EXPECT_EQ(house.plain("shop", "ann", "pencil"), "refused auth");
}

TEST(RememberedPassword, is_never_a_wrong_one) {
  LoginHouse house;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(house.plain("shop", "ann", "guess"), "refused auth");
}

// An old password that ends within the second is let in and not remembered: whoever comes with it next is
// verified.
TEST(RememberedPassword, does_not_outlive_a_rotation) {
  LoginHouse house;
  UserRecord rotating = user_of("shop", "ann", "new");
  for (ScramCredential& credential : rotating.credentials) {
    ScramKeys old = derive_keys(Secret(std::string_view("old")), credential);
    old.not_after = std::chrono::ceil<std::chrono::seconds>(std::chrono::system_clock::now());
    credential.keys.push_back(old);
  }
  house.users.put(rotating);
  EXPECT_EQ(house.plain("shop", "ann", "new"), "accepted \"ann\"");
  const FullPool full(*house.pool);
  EXPECT_EQ(house.plain("shop", "ann", "new"), "refused sys_temp");
}

}  // namespace
}  // namespace doorward
