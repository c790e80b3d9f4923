#include "store/model/scram_credential.hpp"

#include "store/model/base64.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A verifier in PostgreSQL's spelling, of the user and password of RFC 7677 section 3 ("pencil", salt and
// count from there; the keys computed by Python's hashlib).
constexpr const char* rfc_7677 =
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

std::string verifier(std::string_view mechanism, std::string_view iterations, std::size_t salt_bytes,
                     std::size_t stored_key_bytes, std::size_t server_key_bytes) {
  return std::string(mechanism) + "$" + std::string(iterations) + ":" +
         base64_encode(std::string(salt_bytes, 's')) + "$" +
         base64_encode(std::string(stored_key_bytes, 'k')) + ":" +
         base64_encode(std::string(server_key_bytes, 'v'));
}

TEST(ScramCredential, reads_the_notation_of_rfc_5803_as_postgresql_writes_it) {
  const auto credential = ScramCredential::parse(rfc_7677);
  ASSERT_TRUE(credential.has_value()) << credential.error().message;
  EXPECT_EQ(credential->hash, ScramHash::sha256);
  EXPECT_EQ(credential->iterations, 4'096U);
  EXPECT_EQ(credential->salt, base64_decode("W22ZaJ0SNY7soEsUEjb6gQ=="));
  ASSERT_EQ(credential->keys.size(), 1U);
  EXPECT_EQ(credential->keys[0].stored_key, base64_decode("WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="));
  EXPECT_EQ(credential->keys[0].server_key, base64_decode("wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="));
  EXPECT_EQ(credential->keys[0].not_after, std::nullopt);
  EXPECT_EQ(credential->format(), rfc_7677);
}

TEST(ScramCredential, writes_the_pair_of_keys_that_was_asked_for) {
  auto credential = ScramCredential::parse(rfc_7677).value();
  credential.keys.push_back({std::string(32, 'a'), std::string(32, 'b'), std::chrono::sys_seconds{}});
  EXPECT_EQ(credential.format(0), rfc_7677);
  const auto second = ScramCredential::parse(credential.format(1));
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->salt, credential.salt);
  EXPECT_EQ(second->keys[0].stored_key, std::string(32, 'a'));
}

struct VerifierCase {
  const char* behaviour;
  std::string text;
  bool accepted;
};

TEST(ScramCredential, takes_what_is_within_its_bounds_and_nothing_else) {
  const VerifierCase cases[] = {
      {"SHA-1", verifier("SCRAM-SHA-1", "4096", 16, 20, 20), true},
      {"SHA-512", verifier("SCRAM-SHA-512", "4096", 16, 64, 64), true},
      {"the longest of all", verifier("SCRAM-SHA-512", "100000", 64, 64, 64), true},
      {"the keys of another hash", verifier("SCRAM-SHA-1", "4096", 16, 32, 32), false},
      {"a hash in lower case", verifier("scram-sha-256", "4096", 16, 32, 32), false},
      {"channel binding", verifier("SCRAM-SHA-256-PLUS", "4096", 16, 32, 32), false},
      {"a hash that is not known", verifier("SCRAM-SHA-384", "4096", 16, 48, 48), false},
      {"4095 iterations", verifier("SCRAM-SHA-256", "4095", 16, 32, 32), false},
      {"4096 iterations", verifier("SCRAM-SHA-256", "4096", 16, 32, 32), true},
      {"100000 iterations", verifier("SCRAM-SHA-256", "100000", 16, 32, 32), true},
      {"100001 iterations", verifier("SCRAM-SHA-256", "100001", 16, 32, 32), false},
      {"iterations that overflow 32 bits", verifier("SCRAM-SHA-256", "4294971392", 16, 32, 32), false},
      {"no iterations", verifier("SCRAM-SHA-256", "", 16, 32, 32), false},
      {"a zero before the iterations", verifier("SCRAM-SHA-256", "04096", 16, 32, 32), false},
      {"a sign before the iterations", verifier("SCRAM-SHA-256", "+4096", 16, 32, 32), false},
      {"a space before the iterations", verifier("SCRAM-SHA-256", " 4096", 16, 32, 32), false},
      {"letters behind the iterations", verifier("SCRAM-SHA-256", "4096x", 16, 32, 32), false},
      {"a salt of 15 bytes", verifier("SCRAM-SHA-256", "4096", 15, 32, 32), false},
      {"a salt of 16 bytes", verifier("SCRAM-SHA-256", "4096", 16, 32, 32), true},
      {"a salt of 64 bytes", verifier("SCRAM-SHA-256", "4096", 64, 32, 32), true},
      {"a salt of 65 bytes", verifier("SCRAM-SHA-256", "4096", 65, 32, 32), false},
      {"a StoredKey of 31 bytes", verifier("SCRAM-SHA-256", "4096", 16, 31, 32), false},
      {"a StoredKey of 33 bytes", verifier("SCRAM-SHA-256", "4096", 16, 33, 32), false},
      {"a ServerKey of 31 bytes", verifier("SCRAM-SHA-256", "4096", 16, 32, 31), false},
      {"a ServerKey of 33 bytes", verifier("SCRAM-SHA-256", "4096", 16, 32, 33), false},
      {"nothing", "", false},
      {"a mechanism alone", "SCRAM-SHA-256", false},
      {"no salt", "SCRAM-SHA-256$4096", false},
      {"no keys", "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==", false},
      {"no ServerKey",
       "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=", false},
      {"a line break at the end", std::string(rfc_7677) + "\n", false},
      {"a third key", std::string(rfc_7677) + ":AAAA", false},
      {"a password", "pencil", false},
      {"an MD5 verifier of PostgreSQL's", "md5a6343a68d964ca596d9752250d54bb8a", false},
      {"a megabyte", verifier("SCRAM-SHA-256", "4096", 1'000'000, 32, 32), false},
  };
  for (const VerifierCase& c : cases) {
    const auto credential = ScramCredential::parse(c.text);
    EXPECT_EQ(credential.has_value(), c.accepted) << c.behaviour;
    if (credential) {
      EXPECT_EQ(credential->format(), c.text) << c.behaviour;
    } else {
      EXPECT_EQ(credential.error().code, ErrorCode::invalid) << c.behaviour;
      EXPECT_THAT(credential.error().message, HasSubstr("doorward verifier")) << c.behaviour;
    }
  }
}

TEST(ScramCredential, never_quotes_key_material_in_an_error) {
  for (std::size_t end = 0; end < std::string_view(rfc_7677).size(); ++end) {
    const auto cut = ScramCredential::parse(std::string_view(rfc_7677).substr(0, end));
    ASSERT_FALSE(cut.has_value()) << end;
    for (const char* secret : {"WG5d8oPm", "wfPLwcE6", "W22ZaJ0S"}) {
      EXPECT_THAT(cut.error().message, Not(HasSubstr(secret)));
    }
  }
}

TEST(ScramHash, is_named_by_its_mechanism) {
  for (const ScramHash hash : all_scram_hashes) EXPECT_EQ(scram_hash_of(scram_mechanism(hash)), hash);
  EXPECT_EQ(scram_mechanism(ScramHash::sha512), "SCRAM-SHA-512");
  EXPECT_EQ(scram_digest_bytes(ScramHash::sha1), 20U);
  EXPECT_EQ(scram_digest_bytes(ScramHash::sha256), 32U);
  EXPECT_EQ(scram_digest_bytes(ScramHash::sha512), 64U);
  for (const char* other : {"", "PLAIN", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-25", "SCRAM-SHA-2566"}) {
    EXPECT_EQ(scram_hash_of(other), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace doorward
