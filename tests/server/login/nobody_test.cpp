// Nobody can tell from outside who exists: neither by steps and outcomes nor by what the store is asked.
#include "server/login/login.hpp"
#include "tests/server/login/house.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

struct Nobody {
  std::string_view behaviour;
  std::string_view realm;
  std::string_view username;
  LoginReason reason;
};

constexpr Nobody nobodies[] = {
    {"unknown user", "shop", "nobody", LoginReason::unknown_user},
    {"unknown realm", "elsewhere", "ann", LoginReason::unknown_realm},
    {"no realm", "", "ann", LoginReason::unknown_realm},
    {"user without the hash", "shop", "half", LoginReason::mechanism_not_available},
    {"federated user", "shop", "federated", LoginReason::not_a_password_user},
    {"service account", "shop", "service", LoginReason::not_a_password_user},
};

void add_odd_users(LoginHouse& house) {
  house.users.put(user_of("shop", "half", "pencil", {ScramHash::sha1}));
  UserRecord odd = user_of("shop", "federated");
  odd.type = UserType::federated;
  house.users.put(odd);
  odd = user_of("shop", "service", "pencil", {});
  odd.type = UserType::serviceaccount;
  house.users.put(odd);
}

TEST(Nobody, takes_the_same_steps_as_a_wrong_password_with_scram) {
  LoginHouse house;
  add_odd_users(house);
  for (const Nobody& c : nobodies) {
    EXPECT_THAT(house.scram(c.realm, ScramHash::sha256, c.username, "pencil"),
                ElementsAre(StartsWith("challenge r="), "refused auth"))
        << c.behaviour;
    EXPECT_EQ(house.facts.back().reason, c.reason) << c.behaviour;
    EXPECT_EQ(house.facts.back().outcome, SaslCode::auth) << c.behaviour;
  }
}

TEST(Nobody, takes_the_same_steps_as_a_wrong_password_with_plain) {
  LoginHouse house;
  add_odd_users(house);
  house.users.put(user_of("shop", "half", "pencil", {}));
  for (const Nobody& c : nobodies) {
    EXPECT_EQ(house.plain(c.realm, c.username, "pencil"), "refused auth") << c.behaviour;
    EXPECT_EQ(house.facts.back().reason, c.reason) << c.behaviour;
  }
}

// The work is seen by what happens where nobody can do it.
TEST(Nobody, is_verified_on_the_pool_like_everybody) {
  LoginHouse house;
  add_odd_users(house);
  house.users.put(user_of("shop", "half", "pencil", {}));
  const FullPool full(*house.pool);
  EXPECT_EQ(house.plain("shop", "ann", "wrong"), "refused sys_temp");
  for (const Nobody& c : nobodies) {
    EXPECT_EQ(house.plain(c.realm, c.username, "pencil"), "refused sys_temp") << c.behaviour;
  }
}

// Else a client that goes on with a wrong password takes the workers' time of its realm. That there is no
// work is seen where nobody could do any.
TEST(Nobody, is_refused_again_without_work_like_everybody) {
  LoginHouse house;
  house.make_logins({}, {.refill = std::chrono::hours(1), .memory = std::chrono::hours(24)});
  add_odd_users(house);
  house.users.put(user_of("shop", "half", "pencil", {}));
  std::vector<Nobody> all(std::begin(nobodies), std::end(nobodies));
  all.push_back({"a user", "shop", "ann", LoginReason::wrong_password});
  for (const Nobody& c : all) EXPECT_EQ(house.plain(c.realm, c.username, "brush"), "refused auth");
  const FullPool full(*house.pool);
  house.users.peeks = house.users.shape_peeks = 0;
  for (const Nobody& c : all) {
    EXPECT_EQ(house.plain(c.realm, c.username, "brush"), "refused auth") << c.behaviour;
    EXPECT_EQ(house.facts.back().reason, c.reason) << c.behaviour;
  }
  EXPECT_EQ(house.users.peeks, static_cast<int>(all.size()));
  EXPECT_EQ(house.users.shape_peeks, 0) << "nobody would be told by what is asked for him alone";
  for (const Nobody& c : all) {
    EXPECT_EQ(house.plain(c.realm, c.username, "another"), "refused sys_temp") << c.behaviour;
  }
  EXPECT_EQ(house.logins->guesses().counts(GuessGuard::Clock::now()).wrong_answers, all.size());
}

TEST(Nobody, has_one_salt_whenever_asked_and_whoever_asks) {
  LoginHouse house;
  const std::string first = house.scram("shop", ScramHash::sha256, "nobody", "a")[0];
  EXPECT_EQ(house.scram("shop", ScramHash::sha256, "nobody", "b")[0], first);
  house.make_logins();
  EXPECT_EQ(house.scram("shop", ScramHash::sha256, "nobody", "c")[0], first);
  EXPECT_NE(house.scram("shop", ScramHash::sha256, "nobody2", "c")[0], first);
  EXPECT_NE(house.scram("elsewhere", ScramHash::sha256, "nobody", "c")[0], first);
}

TEST(Nobody, without_a_hash_has_the_iterations_of_the_other_hashes) {
  LoginHouse house;
  house.users.put(user_of("shop", "half", "pencil", {ScramHash::sha1}));
  EXPECT_THAT(house.scram("shop", ScramHash::sha256, "half", "a")[0], testing::EndsWith(",i=4096"));
  EXPECT_THAT(house.scram("shop", ScramHash::sha256, "nobody", "a")[0], testing::EndsWith(",i=32768"));
}

TEST(Nobody, is_looked_up_by_a_name_that_a_user_can_have_and_no_other) {
  LoginHouse house;
  EXPECT_THAT(house.scram("shop", ScramHash::sha256, std::string(Username::max_bytes, 'a'), "a"),
              ElementsAre(StartsWith("challenge r="), "refused auth"));
  EXPECT_EQ(house.users.peeks, 1);
  EXPECT_THAT(house.scram("shop", ScramHash::sha256, std::string(Username::max_bytes + 1, 'a'), "a"),
              ElementsAre("refused auth"));
  EXPECT_EQ(house.users.peeks, 1);
}

// Else the time of the answer would tell who is there.
TEST(Nobody, is_looked_up_in_no_realm_where_the_realm_is_not_served) {
  const ObjectRef none{"infra", "none"};
  for (const bool would_wait : {false, true}) {
    LoginHouse house;
    house.users.would_wait = would_wait;
    for (const std::string_view mechanism : {"SCRAM-SHA-256", "PLAIN"}) {
      for (const std::string& realm : {std::string("shop"), std::string(254, 'a')}) {
        Login login = house.logins->begin({.hostname = realm,
                                           .default_realm = {},
                                           .listener_service = &none,
                                           .mechanism = mechanism,
                                           .peer = {},
                                           .plain_allowed = true});
        const bool plain = mechanism == "PLAIN";
        house.answer(login, plain ? plain_message("ann", "pencil") : "n,,n=ann,r=c");
      }
    }
    EXPECT_EQ(house.users.peeks, 4);
    EXPECT_EQ(house.users.peeks_in_no_realm, 4);
    EXPECT_EQ(house.users.shape_peeks, 0);
  }
}

TEST(Nobody, asks_the_store_with_scram_for_what_somebody_asks_for) {
  LoginHouse house;
  for (const std::string_view username : {"ann", "nobody"}) {
    house.users.peeks = house.users.shape_peeks = 0;
    house.scram("shop", ScramHash::sha256, username, "wrong");
    EXPECT_EQ(house.users.peeks, 1) << username;
    EXPECT_EQ(house.users.shape_peeks, 1) << username;
  }
}

// And whoever needs no decoy does not wait for what it would look like.
TEST(Nobody, alone_waits_for_the_shapes_of_the_realm) {
  LoginHouse house;
  house.users.would_wait = true;
  EXPECT_EQ(house.scram("shop", ScramHash::sha256, "ann", "pencil").back(), "accepted \"ann\"");
  EXPECT_EQ(house.users.shape_finds, 0);
  house.scram("shop", ScramHash::sha256, "nobody", "pencil");
  EXPECT_EQ(house.users.shape_finds, 1);
}

}  // namespace
}  // namespace doorward
