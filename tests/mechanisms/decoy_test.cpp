// The credential of a user who does not exist must not tell that it is one.
#include "mechanisms/decoy.hpp"

#include "mechanisms/scram.hpp"
#include "tests/mechanisms/exchange.hpp"

#include <map>
#include <set>

#include <gtest/gtest.h>

namespace doorward {
namespace {

constexpr std::string_view key = "0123456789abcdef0123456789abcdef";

ScramCredential decoy(std::string_view realm, std::string_view username, ScramHash hash = ScramHash::sha256,
                      std::span<const CredentialShape> shapes = {}) {
  static const Decoys decoys{Secret(key)};
  return decoys.credential(realm, username, hash, shapes);
}

TEST(Decoy, IsTheSameEachTime) { EXPECT_EQ(decoy("realm", "nobody"), decoy("realm", "nobody")); }

TEST(Decoy, DiffersByKeyRealmNameAndHash) {
  std::set<std::string> salts;
  salts.insert(decoy("realm", "nobody").salt);
  salts.insert(decoy("realm", "nobody2").salt);
  salts.insert(decoy("realm2", "nobody").salt);
  salts.insert(decoy("realmn", "obody").salt);
  salts.insert(decoy("", "realmnobody").salt);
  salts.insert(decoy("realm", "nobody", ScramHash::sha1).salt);
  salts.insert(decoy("realm", "nobody", ScramHash::sha512).salt);
  salts.insert(Decoys(Secret("another key")).credential("realm", "nobody", ScramHash::sha256, {}).salt);
  EXPECT_EQ(salts.size(), 8);
}

TEST(Decoy, HasTheShapeOfADerivedCredential) {
  const auto derived = derive_credentials(Secret("pencil"), 4096, all_scram_hashes);
  for (const ScramCredential& real : derived) {
    const CredentialShape shapes[] = {{real.salt.size(), real.iterations, 1}};
    const ScramCredential made_up = decoy("realm", "nobody", real.hash, shapes);
    EXPECT_EQ(made_up.hash, real.hash);
    EXPECT_EQ(made_up.salt.size(), real.salt.size());
    EXPECT_EQ(made_up.iterations, real.iterations);
    ASSERT_EQ(made_up.keys.size(), 1);
    EXPECT_EQ(made_up.keys[0].stored_key.size(), real.keys[0].stored_key.size());
    EXPECT_EQ(made_up.keys[0].server_key.size(), real.keys[0].server_key.size());
    EXPECT_EQ(made_up.keys[0].not_after, std::nullopt);
    EXPECT_TRUE(ScramCredential::parse(made_up.format()));
  }
}

TEST(Decoy, HasTheDefaultShapeWhereNoneIsInUse) {
  const CredentialShape without_weight[] = {{32, 4096, 0}};
  for (const ScramCredential& made_up :
       {decoy("realm", "nobody"), decoy("realm", "nobody", ScramHash::sha256, without_weight)}) {
    EXPECT_EQ(made_up.salt.size(), ScramCredential::min_salt_bytes);
    EXPECT_EQ(made_up.iterations, ScramCredential::default_iterations);
  }
}

TEST(Decoy, HasTheIterationsOfNewCredentialsWhereNoneIsInUse) {
  const Decoys decoys(Secret(key), 10'000);
  EXPECT_EQ(decoys.credential("realm", "nobody", ScramHash::sha256, {}).iterations, 10'000u);
  EXPECT_EQ(decoys.for_password("realm", "nobody", {}).iterations, 10'000u);
  const CredentialShape shapes[] = {{16, 4096, 1}};
  EXPECT_EQ(decoys.for_password("realm", "nobody", shapes).iterations, 4096u);
}

TEST(Decoy, HasKeysThatAreNotEachOthersNorTheSalts) {
  const ScramCredential made_up = decoy("realm", "nobody");
  EXPECT_NE(made_up.keys[0].stored_key, made_up.keys[0].server_key);
  EXPECT_NE(made_up.salt, made_up.keys[0].stored_key.substr(0, made_up.salt.size()));
}

TEST(Decoy, FillsTheLongestSalt) {
  const CredentialShape shapes[] = {{ScramCredential::max_salt_bytes, 4096, 1}};
  const std::string salt = decoy("realm", "nobody", ScramHash::sha256, shapes).salt;
  EXPECT_EQ(salt.size(), ScramCredential::max_salt_bytes);
  EXPECT_NE(salt.substr(0, 32), salt.substr(32));
}

std::map<std::uint32_t, int> picked_among(std::span<const CredentialShape> shapes, int names) {
  std::map<std::uint32_t, int> count;
  for (int i = 0; i < names; ++i) {
    ++count[decoy("realm", "nobody" + std::to_string(i), ScramHash::sha256, shapes).iterations];
  }
  return count;
}

TEST(DecoyShape, IsPickedByWeight) {
  const CredentialShape shapes[] = {{16, 4096, 100}, {16, 32768, 700}, {24, 8192, 200}};
  auto count = picked_among(shapes, 2000);
  // The names are fixed, so this is no chance: the bounds are five standard deviations.
  EXPECT_NEAR(count[4096], 200, 68);
  EXPECT_NEAR(count[32768], 1400, 103);
  EXPECT_NEAR(count[8192], 400, 90);
}

TEST(DecoyShape, DoesNotDependOnTheOrder) {
  const CredentialShape one[] = {{16, 4096, 1}, {16, 32768, 2}};
  const CredentialShape other[] = {{16, 32768, 2}, {16, 4096, 1}};
  for (int i = 0; i < 100; ++i) {
    const std::string name = "nobody" + std::to_string(i);
    EXPECT_EQ(decoy("realm", name, ScramHash::sha256, one), decoy("realm", name, ScramHash::sha256, other));
  }
}

TEST(DecoyShape, IsOneForAllHashesOfAName) {
  const CredentialShape shapes[] = {{16, 4096, 1}, {16, 32768, 1}};
  for (int i = 0; i < 100; ++i) {
    const std::string name = "nobody" + std::to_string(i);
    EXPECT_EQ(decoy("realm", name, ScramHash::sha1, shapes).iterations,
              decoy("realm", name, ScramHash::sha512, shapes).iterations);
  }
}

TEST(DecoyShape, RarelyChangesWhenAWeightDoes) {
  const CredentialShape before[] = {{16, 4096, 500}, {16, 32768, 500}};
  const CredentialShape after[] = {{16, 4096, 500}, {16, 32768, 501}};
  int moved = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string name = "nobody" + std::to_string(i);
    moved += decoy("realm", name, ScramHash::sha256, before).iterations !=
             decoy("realm", name, ScramHash::sha256, after).iterations;
  }
  EXPECT_LE(moved, 10);
}

// A password takes as long as the hash and the count by which it is verified: those of one shape.
TEST(DecoyShape, HasTheHashByWhichPasswordsOfSuchUsersAreVerified) {
  const Decoys decoys{Secret(key)};
  const CredentialShape shapes[] = {{16, 4096, 700, ScramHash::sha256},
                                    {16, 4096, 200, ScramHash::sha512},
                                    {24, 8192, 100, ScramHash::sha1}};
  std::map<ScramHash, int> count;
  for (int i = 0; i < 2000; ++i) {
    const std::string name = "nobody" + std::to_string(i);
    const ScramCredential made_up = decoys.for_password("realm", name, shapes);
    ++count[made_up.hash];
    EXPECT_EQ(made_up, decoys.credential("realm", name, made_up.hash, shapes));
    EXPECT_EQ(made_up.iterations, made_up.hash == ScramHash::sha1 ? 8192U : 4096U);
  }
  EXPECT_NEAR(count[ScramHash::sha256], 1400, 103);
  EXPECT_NEAR(count[ScramHash::sha512], 400, 90);
  EXPECT_NEAR(count[ScramHash::sha1], 200, 68);
  EXPECT_EQ(decoys.for_password("realm", "nobody", {}).hash, ScramHash::sha256);
}

// One exchange with a proof that fits nothing.
std::vector<std::string> attempt(std::string_view username, const ScramCredential& credential) {
  ScramMechanism mechanism(credential.hash, "server");
  const std::string bare = "n=" + std::string(username) + ",r=client";
  std::vector<std::string> shapes{std::to_string(mechanism.step("n,," + bare).index())};
  const Step challenge = mechanism.resume(credential);
  shapes.push_back(std::to_string(in_words(challenge).size()));
  const std::string final = "c=biws,r=clientserver";
  const std::string auth_message = bare + ',' + std::get<Challenge>(challenge).data + ',' + final;
  shapes.push_back(
      in_words(mechanism.step(final + ",p=" + client_proof("a guess", credential, auth_message))));
  return shapes;
}

TEST(DecoyExchange, LooksLikeAWrongPassword) {
  for (const ScramCredential& real : derive_credentials(Secret("pencil"), 4096, all_scram_hashes)) {
    const CredentialShape shapes[] = {{real.salt.size(), real.iterations, 1}};
    EXPECT_EQ(attempt("user", real), attempt("none", decoy("realm", "none", real.hash, shapes)));
  }
}

TEST(DecoyExchange, CannotSucceedInPlain) {
  const std::vector<ScramCredential> made_up{decoy("realm", "nobody")};
  EXPECT_FALSE(verify_password(Secret("pencil"), made_up));
}

}  // namespace
}  // namespace doorward
