// A `none` service lets everybody in, by the name that the client gave where there is one.
#include "mechanisms/permissive.hpp"

#include "tests/mechanisms/exchange.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::string_literals;

struct Exchange {
  const char* behaviour;
  std::string mechanism;
  std::vector<std::string> messages;
  std::vector<std::string> answers;
};

class Permissive : public testing::TestWithParam<Exchange> {};

TEST_P(Permissive, Answers) {
  const auto mechanism = make_permissive_mechanism(GetParam().mechanism, true);
  ASSERT_TRUE(mechanism);
  std::vector<std::string> answers;
  for (const std::string& message : GetParam().messages)
    answers.push_back(in_words(mechanism->step(message)));
  EXPECT_EQ(answers, GetParam().answers);
  EXPECT_EQ(in_words(mechanism->step("x")), "failure auth too_many_steps");
}

const std::string longest_name(256, 'u');
const std::string anonymous = "success \"anonymous\"";

INSTANTIATE_TEST_SUITE_P(
    OneMessage, Permissive,
    testing::Values(
        Exchange{"AnonymousWithNothing", "ANONYMOUS", {""}, {anonymous}},
        Exchange{"AnonymousWithATrace", "ANONYMOUS", {"somebody@example.com"}, {anonymous}},
        Exchange{"ExternalWithNothing", "EXTERNAL", {""}, {anonymous}},
        Exchange{"ExternalWithAName", "EXTERNAL", {"CN=client"}, {"success \"CN=client\""}},
        Exchange{"PlainWithAName", "PLAIN", {"\0tim\0secret"s}, {"success \"tim\""}},
        Exchange{"PlainWithAnAuthzid", "PLAIN", {"boss\0tim\0secret"s}, {"success \"tim\""}},
        Exchange{"PlainWithoutAPassword", "PLAIN", {"\0tim\0"s}, {"success \"tim\""}},
        Exchange{"PlainCutShort", "PLAIN", {"\0tim"s}, {"success \"tim\""}},
        Exchange{"PlainWithoutNuls", "PLAIN", {"tim"}, {anonymous}},
        Exchange{"PlainWithoutAName", "PLAIN", {"\0\0secret"s}, {anonymous}},
        Exchange{"Xoauth2", "XOAUTH2", {"user=tim\x01"s + "auth=Bearer abc\x01\x01"}, {"success \"tim\""}},
        Exchange{"Xoauth2WithoutAName", "XOAUTH2", {"auth=Bearer abc\x01\x01"}, {anonymous}},
        Exchange{"OauthbearerWithAName",
                 "OAUTHBEARER",
                 {"n,a=t=2Cim,\x01"s + "auth=Bearer abc\x01\x01"},
                 {"success \"t,im\""}},
        Exchange{
            "OauthbearerWithoutAName", "OAUTHBEARER", {"n,,\x01"s + "auth=Bearer abc\x01\x01"}, {anonymous}},
        Exchange{"OauthbearerWithoutAHeader", "OAUTHBEARER", {"auth=Bearer abc"}, {anonymous}},
        Exchange{"OauthbearerWithABadEscape", "OAUTHBEARER", {"n,a=t=41,\x01"}, {anonymous}},
        Exchange{"Amqplain", "AMQPLAIN", {"\x05LOGINS\0\0\0\x03timX"s}, {"success \"tim\""}},
        Exchange{"AmqplainWithThePasswordFirst",
                 "AMQPLAIN",
                 {"\x08PASSWORDS\0\0\0\x02pw\x05LOGINS\0\0\0\x03tim"s},
                 {"success \"tim\""}},
        Exchange{
            "AmqplainWithAMadeUpLength", "AMQPLAIN", {"\x05LOGINS\xff\xff\xff\xfftim"s}, {"success \"tim\""}},
        Exchange{"AmqplainWithAnotherType", "AMQPLAIN", {"\x05LOGINI\0\0\0\x03tim"s}, {anonymous}},
        Exchange{"AmqplainCutInTheKey", "AMQPLAIN", {"\xffLOGIN"}, {anonymous}},
        Exchange{"AMechanismNobodyKnows", "X-MINE", {"whatever"}, {anonymous}},
        Exchange{"AMechanismNobodyKnowsWithNothing", "X_MINE-2", {""}, {anonymous}}),
    [](const auto& info) { return info.param.behaviour; });

INSTANTIATE_TEST_SUITE_P(
    Names, Permissive,
    testing::Values(Exchange{"TheLongest", "EXTERNAL", {longest_name}, {"success \"" + longest_name + '"'}},
                    Exchange{"OneByteTooLong", "EXTERNAL", {longest_name + "u"}, {anonymous}},
                    Exchange{"NotUtf8", "EXTERNAL", {"tim\xff"}, {anonymous}},
                    Exchange{"NonAscii", "EXTERNAL", {"\xd0\xb6\xc2\xa0"}, {"success \"\xd0\xb6\xc2\xa0\""}},
                    Exchange{"WithANewLine", "EXTERNAL", {"tim\nadmin"}, {anonymous}},
                    Exchange{"WithANul", "EXTERNAL", {"tim\0"s}, {anonymous}},
                    Exchange{"WithADelete", "EXTERNAL", {"tim\x7f"}, {anonymous}},
                    Exchange{"WithAControlCharacterBeyondAscii", "EXTERNAL", {"tim\xc2\x85"}, {anonymous}}),
    [](const auto& info) { return info.param.behaviour; });

INSTANTIATE_TEST_SUITE_P(
    SeveralMessages, Permissive,
    testing::Values(
        Exchange{"PlainIsAskedFor", "PLAIN", {"", "\0tim\0pw"s}, {"challenge \"\"", "success \"tim\""}},
        Exchange{
            "PlainIsAskedForOnce", "PLAIN", {"", ""}, {"challenge \"\"", "failure auth malformed_message"}},
        Exchange{"Xoauth2IsAskedFor", "XOAUTH2", {"", "user=tim\x01"}, {"challenge \"\"", "success \"tim\""}},
        Exchange{"LoginAsksForNameAndPassword",
                 "LOGIN",
                 {"", "tim", "secret"},
                 {"challenge \"Username:\"", "challenge \"Password:\"", "success \"tim\""}},
        Exchange{
            "LoginWithTheNameAtOnce", "LOGIN", {"tim", ""}, {"challenge \"Password:\"", "success \"tim\""}},
        Exchange{"LoginWithoutAName",
                 "LOGIN",
                 {"", ""},
                 {"challenge \"Username:\"", "failure auth malformed_message"}}),
    [](const auto& info) { return info.param.behaviour; });

TEST(PermissiveCramMd5, ChallengesAnewEachTimeAndTakesTheName) {
  std::string before;
  for (int i = 0; i < 2; ++i) {
    const auto mechanism = make_permissive_mechanism("CRAM-MD5", true);
    const Step challenge = mechanism->step("");
    ASSERT_TRUE(std::holds_alternative<Challenge>(challenge));
    const std::string& data = std::get<Challenge>(challenge).data;
    EXPECT_TRUE(data.starts_with('<') && data.ends_with("@doorward>")) << data;
    EXPECT_NE(data, before);
    before = data;
    EXPECT_EQ(in_words(mechanism->step("tim b913a602c7eda7a495b4e6e7334d3890")), "success \"tim\"");
  }
}

TEST(PermissiveRefusals, WhatVerifiesTheServerCannotBePretended) {
  for (const char* name :
       {"SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512", "SCRAM-SHA-256-PLUS", "SCRAM-SHA3-512", "DIGEST-MD5",
        "GSSAPI", "GSS-SPNEGO", "SPNEGO", "GS2-KRB5", "GS2-IAKERB-PLUS", "NTLM", "SRP", "HT-SHA-256-NONE",
        "KERBEROS_V5", "OPAQUE-A255SHA", "X-MINE-PLUS"}) {
    EXPECT_FALSE(make_permissive_mechanism(name, true)) << name;
  }
}

TEST(PermissiveRefusals, WhatIsNoMechanismName) {
  for (const char* name :
       {"", "plain", "Plain", "PLAIN ", "X.MINE", "X/MINE", "X\nMINE", "\xd0\xb6", "XXXXXXXXXXXXXXXXXXXXX"}) {
    EXPECT_FALSE(make_permissive_mechanism(name, true)) << name;
  }
  EXPECT_TRUE(make_permissive_mechanism("XXXXXXXXXXXXXXXXXXXX", true));
}

TEST(PermissiveRefusals, PasswordsWhereTheyWouldTravelUnprotected) {
  for (const char* name : {"PLAIN", "LOGIN", "AMQPLAIN", "XOAUTH2", "OAUTHBEARER"}) {
    EXPECT_FALSE(make_permissive_mechanism(name, false)) << name;
  }
  for (const char* name : {"ANONYMOUS", "EXTERNAL", "CRAM-MD5", "X-MINE"}) {
    EXPECT_TRUE(make_permissive_mechanism(name, false)) << name;
  }
}

}  // namespace
}  // namespace doorward
