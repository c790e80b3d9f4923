// OAUTHBEARER and XOAUTH2: what is read from the one message, and what is refused for which reason.
#include "mechanisms/bearer_message.hpp"

#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::string_literals;

using Parse = std::expected<BearerMessage, LoginReason> (*)(std::string_view);

const std::string longest_token(max_token_bytes, 't');
const std::string longest_name(256, 'u');

// `name|token`, or the reason.
std::string in_words(const std::expected<BearerMessage, LoginReason>& read) {
  if (!read) return std::string(to_string(read.error()));
  return read->username + '|' + std::string(read->token);
}

struct Case {
  const char* behaviour;
  Parse parse;
  std::string message;
  std::string read;
};

class BearerMessages : public testing::TestWithParam<Case> {};

TEST_P(BearerMessages, AreReadOrRefused) {
  EXPECT_EQ(in_words(GetParam().parse(GetParam().message)), GetParam().read);
}

INSTANTIATE_TEST_SUITE_P(
    OAuthBearer, BearerMessages,
    testing::Values(
        // RFC 7628 section 4.1 and 4.2
        Case{
            "TheExampleOfTheRfc", parse_oauthbearer,
            "n,a=user@example.com,\1host=server.example.com\1port=143\1auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\1\1"s,
            "user@example.com|vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="},
        Case{"NoName", parse_oauthbearer, "n,,\1auth=Bearer a.b.c\1\1", "|a.b.c"},
        Case{"AClientThatCouldBind", parse_oauthbearer, "y,,\1auth=Bearer a.b.c\1\1", "|a.b.c"},
        Case{"AnyServiceAccount", parse_oauthbearer, "n,a=@@serviceaccount@@,\1auth=Bearer a\1\1", "|a"},
        Case{"AnEscapedName", parse_oauthbearer, "n,a=a=2Cb=3Dc,\1auth=Bearer a\1\1", "a,b=c|a"},
        Case{"TheLongestName", parse_oauthbearer, "n,a=" + longest_name + ",\1auth=Bearer a\1\1",
             longest_name + "|a"},
        Case{"AnySpellingOfTheScheme", parse_oauthbearer, "n,,\1auth=bEARER  a\1\1", "|a"},
        Case{"OtherPairsInAnyOrder", parse_oauthbearer, "n,,\1auth=Bearer a\1port=5672\1mthd=\t POST\1\1",
             "|a"},
        Case{"TheLongestToken", parse_oauthbearer, "n,,\1auth=Bearer " + longest_token + "\1\1",
             "|" + longest_token},

        Case{"ATokenOneByteTooLong", parse_oauthbearer, "n,,\1auth=Bearer " + longest_token + "t\1\1",
             "token_too_long"},
        Case{"NoToken", parse_oauthbearer, "n,,\1auth=Bearer \1\1", "token_malformed"},
        Case{"ATokenOfPadding", parse_oauthbearer, "n,,\1auth=Bearer ==\1\1", "token_malformed"},
        Case{"PaddingInTheMiddle", parse_oauthbearer, "n,,\1auth=Bearer a=b\1\1", "token_malformed"},
        Case{"ASpaceInTheToken", parse_oauthbearer, "n,,\1auth=Bearer a b\1\1", "token_malformed"},
        Case{"ANulInTheToken", parse_oauthbearer, "n,,\1auth=Bearer a\0b\1\1"s, "token_malformed"},
        Case{"BytesThatAreNoText", parse_oauthbearer, "n,,\1auth=Bearer \xff\xfe\1\1", "token_malformed"},
        Case{"ALineBreakInTheToken", parse_oauthbearer, "n,,\1auth=Bearer a\r\nHost: b\1\1",
             "token_malformed"},
        Case{"AnotherScheme", parse_oauthbearer, "n,,\1auth=Basic YTpi\1\1", "malformed_message"},
        Case{"AQuestionForTheConfiguration", parse_oauthbearer, "n,,\1auth=\1\1", "malformed_message"},
        Case{"NoAuth", parse_oauthbearer, "n,,\1host=a\1\1", "malformed_message"},
        Case{"TwoTokens", parse_oauthbearer, "n,,\1auth=Bearer a\1auth=Bearer b\1\1", "malformed_message"},
        Case{"ADummyResponse", parse_oauthbearer, "\1", "malformed_message"},
        Case{"Nothing", parse_oauthbearer, "", "malformed_message"},
        Case{"NoGs2Header", parse_oauthbearer, "\1auth=Bearer a\1\1", "malformed_message"},
        Case{"HalfAGs2Header", parse_oauthbearer, "n,", "malformed_message"},
        Case{"AnotherFlag", parse_oauthbearer, "N,,\1auth=Bearer a\1\1", "malformed_message"},
        Case{"AChannelBinding", parse_oauthbearer, "p=tls-unique,,\1auth=Bearer a\1\1", "channel_binding"},
        Case{"AnEmptyName", parse_oauthbearer, "n,a=,\1auth=Bearer a\1\1", "malformed_message"},
        Case{"ANameOneByteTooLong", parse_oauthbearer, "n,a=" + longest_name + "u,\1auth=Bearer a\1\1",
             "malformed_message"},
        Case{"ANameThatIsNotUtf8", parse_oauthbearer, "n,a=\xff,\1auth=Bearer a\1\1", "malformed_message"},
        Case{"ANulInTheName", parse_oauthbearer, "n,a=a\0b,\1auth=Bearer a\1\1"s, "malformed_message"},
        Case{"AnotherEscape", parse_oauthbearer, "n,a=a=2c,\1auth=Bearer a\1\1", "malformed_message"},
        Case{"AnotherAttribute", parse_oauthbearer, "n,n=a,\1auth=Bearer a\1\1", "malformed_message"},
        Case{"NoSeparatorBehindTheHeader", parse_oauthbearer, "n,,auth=Bearer a\1\1", "malformed_message"},
        Case{"NoEnd", parse_oauthbearer, "n,,\1auth=Bearer a\1", "malformed_message"},
        Case{"NoEndOfThePair", parse_oauthbearer, "n,,\1auth=Bearer a", "malformed_message"},
        Case{"SomethingBehindTheEnd", parse_oauthbearer, "n,,\1auth=Bearer a\1\1\1", "malformed_message"},
        Case{"APairWithoutAKey", parse_oauthbearer, "n,,\1=a\1auth=Bearer a\1\1", "malformed_message"},
        Case{"APairWithoutAValue", parse_oauthbearer, "n,,\1host\1auth=Bearer a\1\1", "malformed_message"},
        Case{"AKeyWithADigit", parse_oauthbearer, "n,,\1host2=a\1auth=Bearer a\1\1", "malformed_message"},
        Case{"AKeyInAnotherCase", parse_oauthbearer, "n,,\1Auth=Bearer a\1\1", "malformed_message"},
        Case{"AValueThatIsNoText", parse_oauthbearer, "n,,\1host=\x7f\1auth=Bearer a\1\1",
             "malformed_message"}),
    [](const auto& info) { return info.param.behaviour; });

INSTANTIATE_TEST_SUITE_P(
    XOAuth2, BearerMessages,
    testing::Values(
        Case{"TheExampleOfItsMaker", parse_xoauth2,
             "user=someuser@example.com\1auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\1\1",
             "someuser@example.com|ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"},
        Case{"NoName", parse_xoauth2, "user=\1auth=Bearer a\1\1", "|a"},
        Case{"AnyServiceAccount", parse_xoauth2, "user=@@serviceaccount@@\1auth=Bearer a\1\1", "|a"},
        Case{"ANameThatLooksEscaped", parse_xoauth2, "user=a=2Cb,c\1auth=Bearer a\1\1", "a=2Cb,c|a"},
        Case{"TheLongestName", parse_xoauth2, "user=" + longest_name + "\1auth=Bearer a\1\1",
             longest_name + "|a"},
        Case{"TheLongestToken", parse_xoauth2, "user=\1auth=Bearer " + longest_token + "\1\1",
             "|" + longest_token},

        Case{"ATokenOneByteTooLong", parse_xoauth2, "user=\1auth=Bearer " + longest_token + "t\1\1",
             "token_too_long"},
        Case{"BytesThatAreNoToken", parse_xoauth2, "user=\1auth=Bearer \xc3\xa9\1\1", "token_malformed"},
        Case{"ANameOneByteTooLong", parse_xoauth2, "user=" + longest_name + "u\1auth=Bearer a\1\1",
             "malformed_message"},
        Case{"ANameThatIsNotUtf8", parse_xoauth2, "user=\xff\1auth=Bearer a\1\1", "malformed_message"},
        Case{"ANulInTheName", parse_xoauth2, "user=a\0b\1auth=Bearer a\1\1"s, "malformed_message"},
        Case{"NoUser", parse_xoauth2, "auth=Bearer a\1\1", "malformed_message"},
        Case{"NoToken", parse_xoauth2, "user=a\1\1", "malformed_message"},
        Case{"NoEnd", parse_xoauth2, "user=a\1auth=Bearer a\1", "malformed_message"},
        Case{"OnlyAUser", parse_xoauth2, "user=a", "malformed_message"},
        Case{"Nothing", parse_xoauth2, "", "malformed_message"}),
    [](const auto& info) { return info.param.behaviour; });

}  // namespace
}  // namespace doorward
