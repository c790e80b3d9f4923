// Which mechanisms each type of service offers and takes.
#include "mechanisms/catalogue.hpp"

#include "tests/mechanisms/exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Catalogue, OffersTheStrongestFirst) {
  EXPECT_THAT(offered_mechanisms(ServiceType::standard, true),
              ElementsAre("SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"));
  EXPECT_THAT(offered_mechanisms(ServiceType::none, true),
              ElementsAre("EXTERNAL", "OAUTHBEARER", "XOAUTH2", "PLAIN", "ANONYMOUS"));
  EXPECT_THAT(offered_mechanisms(ServiceType::external, true), IsEmpty());
}

TEST(Catalogue, LeavesOutPasswordsWhereTheyWouldTravelUnprotected) {
  EXPECT_THAT(offered_mechanisms(ServiceType::standard, false),
              ElementsAre("SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1"));
  EXPECT_THAT(offered_mechanisms(ServiceType::none, false), ElementsAre("EXTERNAL", "ANONYMOUS"));
}

TEST(Catalogue, OffersTokensOfAStandardServiceWhereSomebodyReviewsThem) {
  EXPECT_THAT(
      offered_mechanisms(ServiceType::standard, true, true),
      ElementsAre("SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "OAUTHBEARER", "XOAUTH2"));
  EXPECT_THAT(offered_mechanisms(ServiceType::standard, false, true),
              ElementsAre("SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1"));
  EXPECT_THAT(offered_mechanisms(ServiceType::none, true, true),
              ElementsAre("EXTERNAL", "OAUTHBEARER", "XOAUTH2", "PLAIN", "ANONYMOUS"));
  for (const char* name : {"OAUTHBEARER", "XOAUTH2"}) {
    EXPECT_FALSE(make_mechanism(ServiceType::standard, name, true, false)) << name;
    EXPECT_FALSE(make_mechanism(ServiceType::standard, name, false, true)) << name;
    EXPECT_FALSE(make_mechanism(ServiceType::external, name, true, true)) << name;
  }
}

TEST(Catalogue, MakesEverythingThatItOffersAndKnowsItByName) {
  for (const ServiceType type : {ServiceType::none, ServiceType::standard, ServiceType::external}) {
    for (const auto& [plain_allowed, reviews] :
         {std::pair(true, true), std::pair(true, false), std::pair(false, true)}) {
      for (const std::string_view name : offered_mechanisms(type, plain_allowed, reviews)) {
        EXPECT_TRUE(make_mechanism(type, name, plain_allowed, reviews)) << name;
        EXPECT_TRUE(is_known_mechanism(name)) << name;
      }
    }
  }
}

TEST(Catalogue, OfAStandardServiceHasNoOtherMechanism) {
  for (const char* name : {"", "ANONYMOUS", "EXTERNAL", "LOGIN", "CRAM-MD5", "XOAUTH2", "SCRAM-SHA-256-PLUS",
                           "SCRAM-SHA-384", "scram-sha-256", "plain", "PLAIN\n"}) {
    EXPECT_FALSE(make_mechanism(ServiceType::standard, name, true)) << name;
  }
  EXPECT_FALSE(make_mechanism(ServiceType::standard, "PLAIN", false));
}

TEST(Catalogue, GivesEachMechanismItsOwnHash) {
  for (const ScramHash hash : all_scram_hashes) {
    const auto mechanism = make_mechanism(ServiceType::standard, scram_mechanism(hash), false);
    ASSERT_TRUE(mechanism);
    EXPECT_EQ(in_words(mechanism->step("n,,n=user,r=abc")),
              "needs credential \"user\" " + std::string(scram_mechanism(hash)));
  }
}

TEST(Catalogue, GivesEachExchangeItsOwnNonce) {
  const ScramCredential credential =
      credential_of("pencil", ScramHash::sha256, "W22ZaJ0SNY7soEsUEjb6gQ==", 4096);
  std::string before;
  for (int i = 0; i < 2; ++i) {
    const auto mechanism = make_mechanism(ServiceType::standard, "SCRAM-SHA-256", false);
    (void)mechanism->step("n,,n=user,r=abc");
    const std::string challenge = in_words(mechanism->resume(credential));
    EXPECT_NE(challenge, before);
    before = challenge;
  }
}

TEST(Catalogue, SaysWhatWhoeverListensLearns) {
  for (const char* name : {"SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "EXTERNAL", "ANONYMOUS", "X-MINE", ""})
    EXPECT_EQ(carried_by(name), Carries::proof) << name;
  for (const char* name : {"PLAIN", "LOGIN", "AMQPLAIN"})
    EXPECT_EQ(carried_by(name), Carries::password) << name;
  for (const char* name : {"OAUTHBEARER", "XOAUTH2"}) EXPECT_EQ(carried_by(name), Carries::token) << name;
}

// Where it would travel unprotected it is neither offered nor taken.
TEST(Catalogue, TakesNoSecretInTheClear) {
  for (const ServiceType type : {ServiceType::none, ServiceType::standard}) {
    for (const std::string_view name : offered_mechanisms(type, true, true)) {
      EXPECT_EQ(make_mechanism(type, name, false, true) == nullptr, carried_by(name) != Carries::proof)
          << name;
    }
  }
}

TEST(Catalogue, KnowsNoMadeUpName) {
  for (const char* name : {"", "X-MINE", "plain", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1024"}) {
    EXPECT_FALSE(is_known_mechanism(name)) << name;
  }
}

}  // namespace
}  // namespace doorward
