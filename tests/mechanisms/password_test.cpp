// Passwords and the credentials that are derived from them.
#include "mechanisms/password.hpp"

#include "tests/mechanisms/exchange.hpp"

#include <chrono>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view salt = "W22ZaJ0SNY7soEsUEjb6gQ==";
constexpr std::uint32_t few = ScramCredential::min_iterations;

std::chrono::sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

// For the password `pencil`, computed with Python's hashlib and hmac, apart from this program.
struct Known {
  ScramHash hash;
  const char* verifier;
};
constexpr Known known[] = {
    {ScramHash::sha1,
     "SCRAM-SHA-1$4096:W22ZaJ0SNY7soEsUEjb6gQ==$g2pEzX2tMaoibxTD4YfBJkq1y8w=:ZGkNjsmKwVX5C5z80vGxHZ02jOI="},
    {ScramHash::sha256,
     "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
     "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="},
    {ScramHash::sha512,
     "SCRAM-SHA-512$4096:W22ZaJ0SNY7soEsUEjb6gQ==$6AAub3065EYRmyFpM2RNwqK+"
     "eGnrkYuEWbXn19LsEmBqzu8QaCXNc1FwpnX9NhH2hK/60dzj9DoO5DvVkOHbvg==:jZHbYjC1aHh0/"
     "hKbxyBuGFjDrgjgKTT1esA7awWiKcRZ0o/0b1yWEebBeSVkkCFewf91nLDfKF24mvD5nmE6rA=="},
};

TEST(Derivation, GivesTheVerifiersThatOthersGive) {
  for (const auto& [hash, verifier] : known)
    EXPECT_EQ(credential_of("pencil", hash, salt, few).format(), verifier);
}

TEST(Derivation, GivesOneCredentialForEachHashWithASaltOfItsOwn) {
  const auto credentials = derive_credentials(Secret("pencil"), few, all_scram_hashes);
  ASSERT_EQ(credentials.size(), 3);
  std::set<std::string> salts;
  for (std::size_t i = 0; i < credentials.size(); ++i) {
    EXPECT_EQ(credentials[i].hash, all_scram_hashes[i]);
    EXPECT_EQ(credentials[i].iterations, few);
    EXPECT_EQ(credentials[i].salt.size(), 16);
    EXPECT_EQ(credentials[i].keys.size(), 1);
    EXPECT_TRUE(ScramCredential::parse(credentials[i].format()));
    salts.insert(credentials[i].salt);
  }
  const auto again = derive_credentials(Secret("pencil"), few, all_scram_hashes);
  for (const ScramCredential& credential : again) salts.insert(credential.salt);
  EXPECT_EQ(salts.size(), 6);
}

TEST(Derivation, KeepsSaltAndCountForARotation) {
  const ScramCredential old = credential_of("pencil", ScramHash::sha256, salt, few);
  const ScramKeys keys = derive_keys(Secret("crayon"), old);
  EXPECT_EQ(keys, credential_of("crayon", ScramHash::sha256, salt, few).keys.front());
  EXPECT_EQ(keys.not_after, std::nullopt);
}

TEST(Derivation, PreparesThePassword) {
  EXPECT_EQ(credential_of("I\xc2\xadX", ScramHash::sha256, salt, few),
            credential_of("IX", ScramHash::sha256, salt, few));
  EXPECT_NE(credential_of("\xc2\xaa\x07", ScramHash::sha256, salt, few),
            credential_of("a\x07", ScramHash::sha256, salt, few));
}

TEST(Verification, TellsRightFromWrong) {
  const auto credentials = derive_credentials(Secret("pencil"), few, all_scram_hashes);
  EXPECT_TRUE(verify_password(Secret("pencil"), credentials));
  for (const std::string_view wrong : {"", "Pencil", "pencil ", "penci", "pencill"}) {
    EXPECT_FALSE(verify_password(Secret(wrong), credentials)) << wrong;
  }
}

TEST(Verification, PreparesThePassword) {
  const auto credentials = derive_credentials(Secret("\xc3\xa9"), few, all_scram_hashes);
  EXPECT_TRUE(verify_password(Secret("e\xcc\x81"), credentials));
}

TEST(Verification, ComparesRawBytesWhereNoneCanBePrepared) {
  const auto credentials = derive_credentials(Secret("\xff\xfe"), few, all_scram_hashes);
  EXPECT_TRUE(verify_password(Secret("\xff\xfe"), credentials));
  EXPECT_FALSE(verify_password(Secret("\xff"), credentials));
}

TEST(Verification, AsksSha256ThenSha512ThenSha1) {
  const ScramCredential sha1 = credential_of("one", ScramHash::sha1, salt, few);
  const ScramCredential sha256 = credential_of("two", ScramHash::sha256, salt, few);
  const ScramCredential sha512 = credential_of("three", ScramHash::sha512, salt, few);
  struct Case {
    std::vector<ScramCredential> credentials;
    std::string_view decides;
  };
  for (const auto& [credentials, decides] :
       {Case{{sha1, sha256, sha512}, "two"}, Case{{sha512, sha256}, "two"}, Case{{sha1, sha512}, "three"},
        Case{{sha1}, "one"}}) {
    for (const std::string_view password : {"one", "two", "three"}) {
      EXPECT_EQ(verify_password(Secret(password), credentials), password == decides) << password << decides;
    }
  }
}

TEST(Verification, RefusesWithoutACredential) { EXPECT_FALSE(verify_password(Secret("pencil"), {})); }

TEST(Verification, TriesEachLiveKeyPair) {
  ScramCredential credential = credential_of("pencil", ScramHash::sha256, salt, few);
  credential.keys.push_back(derive_keys(Secret("crayon"), credential));
  credential.keys.back().not_after = now() + 1h;
  const std::vector<ScramCredential> both{credential};
  EXPECT_TRUE(verify_password(Secret("pencil"), both));
  EXPECT_TRUE(verify_password(Secret("crayon"), both));
  EXPECT_FALSE(verify_password(Secret("chalk"), both));

  credential.keys.back().not_after = now() - 1s;
  const std::vector<ScramCredential> one{credential};
  EXPECT_TRUE(verify_password(Secret("pencil"), one));
  EXPECT_FALSE(verify_password(Secret("crayon"), one));
}

TEST(Liveness, EndsWhenThePairSays) {
  EXPECT_TRUE(is_live(ScramKeys{}));
  EXPECT_TRUE(is_live(ScramKeys{.stored_key = {}, .server_key = {}, .not_after = now() + 1h}));
  EXPECT_FALSE(is_live(ScramKeys{.stored_key = {}, .server_key = {}, .not_after = now()}));
}

TEST(GeneratedPassword, IsReadableAndNew) {
  const Secret one = generate_password();
  EXPECT_EQ(one.size(), 26);
  EXPECT_EQ(one.reveal().find_first_not_of("abcdefghijklmnopqrstuvwxyz234567"), std::string_view::npos);
  EXPECT_FALSE(one.equals(generate_password().reveal()));
}

TEST(VerifierLike, SharesHashSaltAndCountWithAnExistingOne) {
  for (const auto& [hash, verifier] : known) {
    const auto same = verifier_like(Secret("pencil"), verifier);
    ASSERT_TRUE(same);
    EXPECT_EQ(*same, verifier);
    const auto other = ScramCredential::parse(verifier_like(Secret("crayon"), verifier).value());
    ASSERT_TRUE(other);
    EXPECT_EQ(*other, credential_of("crayon", hash, salt, few));
  }
}

TEST(VerifierLike, RefusesWhatIsNoVerifierWithoutQuotingIt) {
  const auto refused = verifier_like(Secret("pencil"), "SCRAM-SHA-256$4096:secretpart");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  EXPECT_THAT(refused.error().message, testing::Not(testing::HasSubstr("secretpart")));
}

}  // namespace
}  // namespace doorward
