// Which keys of a set are taken, and which sets are none.
#include "plugins/oauth/key_set.hpp"
#include "tests/plugins/oauth_issuer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace oauth_bridge {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::vector<std::string> in_use{"RS256", "ES256"};

json ec_key(const json& more = json::object()) {
  static const json key = SigningKey::ec("ec").jwk();
  json made = key;
  made.update(more);
  return made;
}

// How many keys are taken; else why the set is none.
std::string taken(const std::string& body) {
  try {
    return std::to_string(KeySet::read(body, in_use).size());
  } catch (const NoKeySet& none) {
    return none.what();
  }
}

TEST(KeySet, leaves_out_what_is_no_public_key_for_these_signatures) {
  const json good = ec_key();
  json without_y = good;
  without_y.erase("y");
  json off_the_curve = good;
  off_the_curve["y"] = good["x"];
  const std::pair<const char*, json> cases[] = {
      {"a secret", {{"kty", "oct"}, {"k", "c2VjcmV0"}, {"kid", "ec"}, {"alg", "HS256"}}},
      {"a private key", ec_key({{"d", "AQAB"}})},
      {"for encryption", ec_key({{"use", "enc"}})},
      {"for nothing", ec_key({{"use", 5}})},
      {"to sign with", ec_key({{"key_ops", {"sign"}}})},
      {"for another algorithm", ec_key({{"alg", "ES384"}})},
      {"for no algorithm", ec_key({{"alg", 5}})},
      {"without a name", ec_key({{"kid", 5}})},
      {"another curve", ec_key({{"crv", "P-384"}})},
      {"an unknown curve", ec_key({{"crv", "Ed25519"}})},
      {"half a point", without_y},
      {"no point of the curve", off_the_curve},
      {"another kind", ec_key({{"kty", "OKP"}})},
      {"no object", "key"},
      {"with padding", ec_key({{"x", "AAAAA==="}})},
      {"with a character too many", ec_key({{"x", "AAAAA"}})},
      {"with an exponent with padding", {{"kty", "RSA"}, {"n", "AQAB"}, {"e", "A==="}}},
      {"too small", SigningKey::rsa("small", 1'024).jwk()},
  };
  for (const auto& [what, key] : cases) {
    EXPECT_THAT(taken(key_set({key})), HasSubstr("has no public key")) << what;
    EXPECT_EQ(taken(key_set({key, good})), "1") << what;
  }
  for (const json& more :
       {json{{"use", "sig"}}, json{{"key_ops", {"verify"}}}, json{{"alg", "ES256"}}, json{{"x5c", {"x"}}}})
    EXPECT_EQ(taken(key_set({ec_key(more)})), "1") << more;
}

TEST(KeySet, is_bounded_in_the_size_of_an_rsa_key) {
  EXPECT_EQ(taken(key_set({SigningKey::rsa("rsa", 2'048).jwk()})), "1");
  const auto with_modulus = [](std::size_t bytes) {
    std::string n(bytes * 4 / 3, 'A');  // zeros in base64url
    n.front() = n.back() = 'w';         // but for the first and the last bit
    return key_set({json{{"kty", "RSA"}, {"kid", "x"}, {"e", "AQAB"}, {"n", n}}});
  };
  EXPECT_EQ(taken(with_modulus(1'023)), "1");
  EXPECT_THAT(taken(with_modulus(1'026)), HasSubstr("has no public key"));
  EXPECT_THAT(taken(with_modulus(255)), HasSubstr("has no public key"));
}

TEST(KeySet, is_bounded_in_number_and_in_bytes) {
  EXPECT_EQ(taken(key_set(std::vector<json>(max_keys, ec_key()))), std::to_string(max_keys));
  EXPECT_THAT(taken(key_set(std::vector<json>(max_keys + 1, ec_key()))), HasSubstr("more than 64 keys"));
  std::string padded = key_set({ec_key()});
  padded.resize(max_key_set_bytes, ' ');
  EXPECT_EQ(taken(padded), "1");
  EXPECT_THAT(taken(padded + ' '), HasSubstr("more than 262144 bytes"));
}

TEST(KeySet, is_a_json_object_with_a_list_of_keys) {
  for (const std::string& body :
       {std::string(), std::string("<html>sign in</html>"), std::string("[]"), std::string("{}"),
        std::string(R"({"keys": {}})"), std::string(R"({"keys": [})"), std::string("null"),
        std::string(100'000, '[')})
    EXPECT_THAT(taken(body), HasSubstr("it is no JWK Set")) << body.substr(0, 40);
  EXPECT_THAT(taken(R"({"keys": []})"), HasSubstr("has no public key"));
}

TEST(KeySet, does_not_choose_among_keys_of_one_name) {
  const KeySet set = KeySet::read(key_set({ec_key(), ec_key()}), in_use);
  EXPECT_EQ(set.find("ec", *find_algorithm("ES256")), std::unexpected(NoKey::ambiguous));
  EXPECT_EQ(set.find("other", *find_algorithm("ES256")), std::unexpected(NoKey::unknown));
}

}  // namespace
}  // namespace oauth_bridge
