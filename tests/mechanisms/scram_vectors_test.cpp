// SCRAM against exchanges that others published, to the byte: RFC 5802 section 5, RFC 7677 section 3, and one
// for SHA-512 that was computed with Python's hashlib and hmac, apart from this program.
#include "mechanisms/scram.hpp"
#include "tests/mechanisms/exchange.hpp"

#include <gtest/gtest.h>

namespace doorward {
namespace {

struct Exchange {
  const char* name;
  ScramHash hash;
  const char* client_first;
  const char* server_nonce;
  const char* salt;
  const char* server_first;
  const char* client_final;
  const char* server_final;
};

class PublishedExchange : public testing::TestWithParam<Exchange> {};

TEST_P(PublishedExchange, IsAnsweredToTheByte) {
  const Exchange& known = GetParam();
  ScramMechanism scram(known.hash, known.server_nonce);
  EXPECT_EQ(in_words(scram.step(known.client_first)),
            "needs credential \"user\" " + std::string(scram_mechanism(known.hash)));
  EXPECT_EQ(in_words(scram.resume(credential_of("pencil", known.hash, known.salt, 4096))),
            "challenge \"" + std::string(known.server_first) + '"');
  EXPECT_EQ(in_words(scram.step(known.client_final)), "challenge \"" + std::string(known.server_final) + '"');
  EXPECT_EQ(in_words(scram.step("")), "success \"user\"");
}

INSTANTIATE_TEST_SUITE_P(
    Scram, PublishedExchange,
    testing::Values(
        Exchange{"Rfc5802Section5", ScramHash::sha1, "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
                 "3rfcNHYJY1ZVvWVs7j", "QSXCR+Q6sek8bf92",
                 "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
                 "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
                 "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="},
        Exchange{"Rfc7677Section3", ScramHash::sha256, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
                 "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", "W22ZaJ0SNY7soEsUEjb6gQ==",
                 "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                 "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                 "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
                 "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
        Exchange{
            "Sha512ComputedElsewhere", ScramHash::sha512, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
            "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", "W22ZaJ0SNY7soEsUEjb6gQ==",
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            "p=gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ==",
            "v=ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJq199RVG2rR7N7Zw=="}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace doorward
