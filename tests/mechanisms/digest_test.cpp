// The hash functions against vectors that others published.
#include "mechanisms/digest.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace doorward {
namespace {

std::string hex(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const unsigned char c : bytes) out.append({digits[c >> 4], digits[c & 15]});
  return out;
}

// FIPS 180-4, the one-block message of NIST's examples.
TEST(Digest, OfAbcIsAsPublished) {
  EXPECT_EQ(hex(digest(ScramHash::sha1, "abc").view()), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(digest(ScramHash::sha256, "abc").view()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(digest(ScramHash::sha512, "abc").view()),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

// RFC 2202 section 3 and RFC 4231, their second test case and the one whose key is longer than a block.
TEST(Hmac, IsAsPublished) {
  const std::string_view message = "what do ya want for nothing?";
  EXPECT_EQ(hex(hmac(ScramHash::sha1, "Jefe", message).view()), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(hex(hmac(ScramHash::sha256, "Jefe", message).view()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac(ScramHash::sha512, "Jefe", message).view()),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
  EXPECT_EQ(hex(hmac(ScramHash::sha256, std::string(131, '\xaa'),
                     "Test Using Larger Than Block-Size Key - Hash Key First")
                    .view()),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hmac, TakesAnEmptyKeyForEmptyAndNotForTheOneBefore) {
  constexpr std::string_view of_nothing = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
  (void)hmac(ScramHash::sha256, "before", "");
  EXPECT_EQ(hex(hmac(ScramHash::sha256, std::string_view(), std::string_view()).view()), of_nothing);
  (void)hmac(ScramHash::sha256, "before", "");
  EXPECT_EQ(hex(hmac(ScramHash::sha256, "", "").view()), of_nothing);
}

TEST(Hmac, OfEachThreadIsItsOwn) {
  const std::string here = hex(hmac(ScramHash::sha256, "Jefe", "x").view());
  std::string there;
  std::thread([&there] {
    (void)hmac(ScramHash::sha256, "another", "y");
    there = hex(hmac(ScramHash::sha256, "Jefe", "x").view());
  }).join();
  EXPECT_EQ(here, there);
}

struct Pbkdf2Case {
  const char* name;
  ScramHash hash;
  std::string_view password;
  std::string_view salt;
  std::uint32_t iterations;
  const char* first_block;
};

class Pbkdf2 : public testing::TestWithParam<Pbkdf2Case> {};

TEST_P(Pbkdf2, IsAsPublished) {
  const Pbkdf2Case& known = GetParam();
  const std::string block = hex(pbkdf2(known.hash, known.password, known.salt, known.iterations).view());
  // A vector that is shorter than a block is the beginning of one.
  EXPECT_EQ(block.substr(0, std::string_view(known.first_block).size()), known.first_block);
}

using namespace std::string_view_literals;

INSTANTIATE_TEST_SUITE_P(Rfc6070, Pbkdf2,
                         testing::Values(Pbkdf2Case{"OneIteration", ScramHash::sha1, "password", "salt", 1,
                                                    "0c60c80f961f0e71f3a9b524af6012062fe037a6"},
                                         Pbkdf2Case{"TwoIterations", ScramHash::sha1, "password", "salt", 2,
                                                    "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"},
                                         Pbkdf2Case{"ManyIterations", ScramHash::sha1, "password", "salt",
                                                    4096, "4b007901b765489abead49d926f721d065a429c1"},
                                         Pbkdf2Case{"LongInputs", ScramHash::sha1, "passwordPASSWORDpassword",
                                                    "saltSALTsaltSALTsaltSALTsaltSALTsalt", 4096,
                                                    "3d2eec4fe41c849b80c8d83662c0e44a8b291a96"},
                                         Pbkdf2Case{"NulsInside", ScramHash::sha1, "pass\0word"sv, "sa\0lt"sv,
                                                    4096, "56fa6aa75548099dcc37d7f03425e0c3"}),
                         [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Rfc7914Section11, Pbkdf2,
    testing::Values(Pbkdf2Case{"OneIteration", ScramHash::sha256, "passwd", "salt", 1,
                               "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"},
                    Pbkdf2Case{"ManyIterations", ScramHash::sha256, "Password", "NaCl", 80000,
                               "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"}),
    [](const auto& info) { return info.param.name; });

// Computed with Python's hashlib.pbkdf2_hmac.
INSTANTIATE_TEST_SUITE_P(ComputedElsewhere, Pbkdf2,
                         testing::Values(Pbkdf2Case{
                             "Sha512", ScramHash::sha512, "password", "salt", 4096,
                             "d197b1b33db0143e018b12f3d1d1479e6cdebdcc97c5c0f87f6902e072f457b5"
                             "143f30602641b3d55cd335988cb36b84376060ecd532e039b742a239434af2d5"}),
                         [](const auto& info) { return info.param.name; });

TEST(RandomBytes, AreAsManyAsAskedForAndNew) {
  EXPECT_EQ(random_bytes(0), "");
  EXPECT_EQ(random_bytes(16).size(), 16);
  EXPECT_NE(random_bytes(16), random_bytes(16));
}

}  // namespace
}  // namespace doorward
