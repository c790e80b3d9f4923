// Which signatures count, by which key, and what is told of those that do not.
#include "plugins/oauth/signed_token.hpp"
#include "tests/plugins/oauth_issuer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace oauth_bridge {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::vector<std::string> in_use{"RS256", "PS256", "ES256", "ES384"};

SigningKey rsa() { return SigningKey::rsa("rsa"); }
SigningKey ec() {
  static const SigningKey key = SigningKey::ec("ec");
  return key;
}
SigningKey ec384() {
  static const SigningKey key = SigningKey::ec("ec384", CJOSE_JWK_EC_P_384);
  return key;
}

std::string all_keys() { return key_set({rsa().jwk(), ec().jwk(), ec384().jwk()}); }

// The name of whoever bears it, or why it is refused.
std::string verdict(const std::string& token, const std::string& keys = all_keys(),
                    const std::vector<std::string>& algorithms_in_use = in_use) {
  auto read = SignedToken::read(token, algorithms_in_use);
  if (!read) return read.error();
  const KeySet set = KeySet::read(keys, algorithms_in_use);
  const auto key = set.find(read->kid(), read->algorithm());
  if (!key) {
    constexpr const char* words[] = {"key: unknown", "key: unfit", "key: ambiguous"};
    return words[static_cast<int>(key.error())];
  }
  const auto claims = read->verify(**key);
  return claims ? claims->at("sub").get<std::string>() : claims.error();
}

TEST(SignedToken, is_believed_by_the_key_that_it_names) {
  for (const auto& [key, algorithm] :
       {std::pair{rsa(), "RS256"}, {rsa(), "PS256"}, {ec(), "ES256"}, {ec384(), "ES384"}})
    EXPECT_EQ(verdict(key.token(good_claims(), algorithm)), "ann") << algorithm;
}

TEST(SignedToken, is_not_believed_when_a_bit_of_it_is_another) {
  const std::string token = rsa().token(good_claims(), "RS256");
  for (std::size_t at : {token.find('.') + 5, token.rfind('.') + 5}) {
    std::string changed = token;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_NE(verdict(changed), "ann") << at;
  }
  EXPECT_THAT(verdict(token.substr(0, token.rfind('.') + 1)), HasSubstr("no"));
}

TEST(SignedToken, is_not_believed_by_a_key_that_somebody_else_gave_the_same_name) {
  const SigningKey stranger = SigningKey::ec("ec");
  EXPECT_THAT(verdict(stranger.token(good_claims(), "ES256")), HasSubstr("a signature that is not good"));
}

TEST(SignedToken, is_not_signed_by_nothing_or_by_what_everybody_knows) {
  const json header{{"alg", "none"}, {"kid", "rsa"}};
  const std::string claims = good_claims().dump();
  EXPECT_THAT(verdict(made_up_token(header, claims, "")), HasSubstr("algorithm that is not in use"));
  EXPECT_THAT(verdict(made_up_token(header, claims, "x")), HasSubstr("algorithm that is not in use"));
  for (const char* none : {"None", "NONE", "nOnE", ""})
    EXPECT_NE(verdict(made_up_token({{"alg", none}}, claims, "")), "ann") << none;
  // The public key as a secret of HMAC, as it is published and as its modulus.
  for (const std::string& secret : {rsa().jwk().dump(), rsa().jwk().at("n").get<std::string>(), all_keys()})
    EXPECT_THAT(verdict(hmac_token({{"alg", "HS256"}, {"kid", "rsa"}}, good_claims(), secret)),
                HasSubstr("algorithm that is not in use"));
}

TEST(SignedToken, names_an_algorithm_that_fits_its_key) {
  // Each signature is good, by an algorithm and a key that do not belong together.
  json renamed = ec().jwk();
  renamed["kid"] = "rsa";
  EXPECT_EQ(verdict(rsa().token(good_claims(), "RS256"), key_set({renamed})), "key: unfit");
  EXPECT_EQ(verdict(ec384().token(good_claims(), "ES256")), "key: unfit") << "of another curve";
  json only_ps = rsa().jwk();
  only_ps["alg"] = "PS256";
  EXPECT_EQ(verdict(rsa().token(good_claims(), "RS256"), key_set({only_ps})), "key: unfit");
  EXPECT_EQ(verdict(rsa().token(good_claims(), "PS256"), key_set({only_ps})), "ann");
  EXPECT_THAT(verdict(rsa().token(good_claims(), "RS512")), HasSubstr("algorithm that is not in use"));
  auto other = SignedToken::read(rsa().token(good_claims(), "RS256"), in_use);
  const KeySet set = KeySet::read(all_keys(), in_use);
  EXPECT_FALSE(other->verify(**set.find("ec", *find_algorithm("ES256"))));
}

TEST(SignedToken, may_leave_out_the_name_of_a_key_where_there_is_one) {
  const SigningKey nameless = SigningKey::ec("");
  json jwk = nameless.jwk();
  EXPECT_EQ(verdict(nameless.token(good_claims(), "ES256"), key_set({jwk, rsa().jwk()})), "ann");
  EXPECT_EQ(verdict(nameless.token(good_claims(), "ES256"), key_set({jwk, ec().jwk()})), "key: ambiguous");
  EXPECT_EQ(verdict(ec().token(good_claims(), "ES256"), key_set({jwk})), "key: unknown");
}

TEST(SignedToken, brings_no_key_of_its_own) {
  const SigningKey stranger = SigningKey::ec("stranger");
  const json header{
      {"jwk", stranger.jwk()}, {"jku", "https://stranger.example/keys"}, {"x5u", "https://s.example/"}};
  EXPECT_EQ(verdict(stranger.token(good_claims(), "ES256", header)), "key: unknown");
  EXPECT_EQ(verdict(ec().token(good_claims(), "ES256", header)), "ann") << "it is not looked at";
}

TEST(SignedToken, is_not_believed_where_a_header_must_be_understood) {
  EXPECT_THAT(verdict(ec().token(good_claims(), "ES256", {{"crit", {"exp"}}, {"exp", 1}})),
              HasSubstr("must be understood"));
  EXPECT_THAT(verdict(ec().token(good_claims(), "ES256", {{"crit", json::array()}})),
              HasSubstr("must be understood"));
}

TEST(SignedToken, is_no_garbage) {
  const std::string claims = good_claims().dump();
  for (const std::string& garbage :
       {std::string(),
        std::string("."),
        std::string(".."),
        std::string("a.b.c"),
        std::string("..."),
        std::string("e30.e30.e30"),
        std::string("e30.e30.e30.e30.e30"),
        std::string(12'288, 'a'),
        std::string(12'286, '.'),
        made_up_token({{"alg", 5}}, claims, "x"),
        made_up_token({{"alg", nullptr}}, claims, "x"),
        made_up_token(json::array({"alg", "RS256"}), claims, "x"),
        made_up_token("RS256", claims, "x"),
        made_up_token({{"alg", "RS256"}, {"kid", 5}}, claims, "x"),
        made_up_token({{"alg", "RS256"}, {"kid", std::string(257, 'k')}}, claims, "x"),
        made_up_token({{"alg", "RS256"}, {"kid", "rsa"}}, "", "x"),
        made_up_token({{"alg", "RS256"}, {"kid", "rsa"}}, claims, ""),
        made_up_token({{"alg", "PS256"}, {"kid", "rsa"}}, claims, std::string(4'000, 's')),
        made_up_token({{"alg", "ES256"}, {"kid", "ec"}}, claims, std::string(64, '\0')),
        made_up_token({{"alg", "ES256"}, {"kid", "ec"}}, claims, "")})
    EXPECT_NE(verdict(garbage), "ann") << garbage.substr(0, 60);
  EXPECT_EQ(verdict(made_up_token({{"alg", "RS256"}, {"kid", std::string(256, 'k')}}, claims, "x")),
            "key: unknown");
}

TEST(SignedToken, has_no_padding) {
  const std::string token = ec().token(good_claims(), "ES256");
  const std::size_t first = token.find('.'), second = token.rfind('.');
  // At these cjose's decoder would end the process.
  for (const std::string padding : {"=", "==", "===", "A===", "A=======", "AAAAA==="}) {
    for (const std::string& padded :
         {token + padding, padding + token.substr(first),
          token.substr(0, first + 1) + padding + token.substr(second), token.substr(0, second + 1) + padding,
          padding + "." + padding + "." + padding})
      EXPECT_THAT(verdict(padded), HasSubstr("not base64url")) << padded;
  }
  EXPECT_THAT(verdict("A.A.A"), HasSubstr("not base64url"));
}

TEST(SignedToken, has_claims_that_are_an_object) {
  EXPECT_THAT(verdict(ec().token(json::array({"sub"}), "ES256")), HasSubstr("no JSON object"));
  EXPECT_THAT(verdict(ec().token("ann", "ES256")), HasSubstr("no JSON object"));
}

}  // namespace
}  // namespace oauth_bridge
