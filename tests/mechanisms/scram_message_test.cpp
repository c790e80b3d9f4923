// What a client may send as client-first and client-final, and all that it may not.
#include "mechanisms/scram_message.hpp"

#include "store/model/base64.hpp"

#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::string_literals;

struct Accepted {
  const char* behaviour;
  std::string message;
  std::string username;
  std::string authzid = "";
};

class AcceptedClientFirst : public testing::TestWithParam<Accepted> {};

TEST_P(AcceptedClientFirst, IsRead) {
  const auto first = parse_client_first(GetParam().message);
  ASSERT_TRUE(first) << to_string(first.error());
  EXPECT_EQ(first->username, GetParam().username);
  EXPECT_EQ(first->authzid, GetParam().authzid);
  EXPECT_EQ(std::string(first->gs2_header) + std::string(first->bare), GetParam().message);
  EXPECT_TRUE(first->bare.starts_with("n="));
}

const std::string longest_name(max_scram_name_bytes, 'u');
const std::string longest_nonce(max_scram_nonce_bytes, 'x');

std::string with_filler(std::string message, std::size_t size) {
  message += ",x=";
  return message + std::string(size - message.size(), 'x');
}

INSTANTIATE_TEST_SUITE_P(
    Scram, AcceptedClientFirst,
    testing::Values(
        Accepted{"AClientWithoutChannelBinding", "n,,n=user,r=abc", "user"},
        Accepted{"AClientThatSawNoChannelBindingOffered", "y,,n=user,r=abc", "user"},
        Accepted{"AnAuthzid", "n,a=boss,n=user,r=abc", "user", "boss"},
        Accepted{"ACommaInAName", "n,,n=a=2Cb,r=abc", "a,b"},
        Accepted{"AnEqualsSignInAName", "n,,n=a=3Db,r=abc", "a=b"},
        Accepted{"EscapesAreDecodedOnce", "n,,n==3D2C,r=abc", "=2C"},
        Accepted{"EscapesInAnAuthzid", "n,a==2C=3D,n=u,r=abc", "u", ",="},
        Accepted{"NonAsciiNames", "n,,n=\xd0\xb6\xf0\x9f\x98\x80,r=abc", "\xd0\xb6\xf0\x9f\x98\x80"},
        Accepted{"TheLongestName", "n,,n=" + longest_name + ",r=abc", longest_name},
        Accepted{"TheLongestAuthzid", "n,a=" + longest_name + ",n=u,r=abc", "u", longest_name},
        Accepted{"TheLongestNonce", "n,,n=user,r=" + longest_nonce, "user"},
        Accepted{"ANonceOfAllPrintableCharacters",
                 "n,,n=user,r=!\"#$%&'()*+-./0123456789:;<=>?@AZ[\\]^_`az{|}~", "user"},
        Accepted{"AnUnknownExtension", "n,,n=user,r=abc,x=anything==", "user"},
        Accepted{"SeveralExtensions", "n,,n=user,r=abc,x=1,Y=2,h=3", "user"},
        Accepted{"ThePlainLettersInUpperCaseAreExtensions", "n,,n=user,r=abc,M=1,N=2", "user"},
        Accepted{"TheLongestMessage", with_filler("n,,n=user,r=abc", max_scram_message_bytes), "user"}),
    [](const auto& info) { return info.param.behaviour; });

struct Refused {
  const char* behaviour;
  std::string message;
  LoginReason reason = LoginReason::malformed_message;
};

class RefusedClientFirst : public testing::TestWithParam<Refused> {};

TEST_P(RefusedClientFirst, SaysWhy) {
  const auto first = parse_client_first(GetParam().message);
  ASSERT_FALSE(first);
  EXPECT_EQ(to_string(first.error()), to_string(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Scram, RefusedClientFirst,
    testing::Values(
        Refused{"Nothing", ""}, Refused{"ALoneFlag", "n"}, Refused{"AFlagAndAComma", "n,"},
        Refused{"AGs2HeaderOnly", "n,,"}, Refused{"NoGs2Header", "n=user,r=abc"},
        Refused{"AnUnknownFlag", "x,,n=user,r=abc"}, Refused{"AFlagInUpperCase", "N,,n=user,r=abc"},
        Refused{"AnEmptyFlag", ",,n=user,r=abc"}, Refused{"AFlagWithMoreBehindIt", "ny,,n=user,r=abc"},
        Refused{"TheFlagPWithoutAName", "p,,n=user,r=abc"},
        Refused{"ChannelBindingThatWasNotOffered", "p=tls-unique,,n=user,r=abc",
                LoginReason::channel_binding},
        Refused{"ExporterBindingThatWasNotOffered", "p=tls-exporter,,n=user,r=abc",
                LoginReason::channel_binding},
        Refused{"ChannelBindingAlone", "p=tls-unique", LoginReason::channel_binding},
        Refused{"AnEmptyAuthzid", "n,a=,n=user,r=abc"},
        Refused{"SomethingElseForTheAuthzid", "n,b=x,n=user,r=abc"},
        Refused{"AnAuthzidWithABadEscape", "n,a=x=2D,n=user,r=abc"},
        Refused{"AnAuthzidAndNoMore", "n,a=user"},
        Refused{"AMandatoryExtension", "n,,m=ext,n=user,r=abc", LoginReason::unsupported_extension},
        Refused{"AMandatoryExtensionAtTheEnd", "n,,n=user,r=abc,m=ext", LoginReason::unsupported_extension},
        Refused{"NoUsername", "n,,r=abc"}, Refused{"AnEmptyUsername", "n,,n=,r=abc"},
        Refused{"ANameInUpperCase", "n,,N=user,r=abc"}, Refused{"ALowerCaseEscape", "n,,n=a=2cb,r=abc"},
        Refused{"AnotherEscape", "n,,n=a=41b,r=abc"}, Refused{"AnEscapeCutShort", "n,,n=a=2,r=abc"},
        Refused{"ALoneEqualsSign", "n,,n=a=,r=abc"}, Refused{"ANameThatIsNotUtf8", "n,,n=\xff,r=abc"},
        Refused{"AnOverlongForm", "n,,n=\xc0\xaf,r=abc"}, Refused{"ASurrogate", "n,,n=\xed\xa0\x80,r=abc"},
        Refused{"ANulInTheName", "n,,n=a\0b,r=abc"s}, Refused{"ANulAtTheEnd", "n,,n=user,r=abc\0"s},
        Refused{"ANameOneByteTooLong", "n,,n=" + longest_name + "u,r=abc"},
        Refused{"AnAuthzidOneByteTooLong", "n,a=" + longest_name + "u,n=u,r=abc"},
        Refused{"NoNonce", "n,,n=user"}, Refused{"AnEmptyNonce", "n,,n=user,r="},
        Refused{"TheNonceBeforeTheName", "n,,r=abc,n=user"}, Refused{"ASpaceInTheNonce", "n,,n=user,r=a b"},
        Refused{"ADeleteInTheNonce", "n,,n=user,r=a\x7f"},
        Refused{"ANonceBeyondAscii", "n,,n=user,r=\xc3\xa9"},
        Refused{"ANonceOneByteTooLong", "n,,n=user,r=" + longest_nonce + "x"},
        Refused{"ACommaAtTheEnd", "n,,n=user,r=abc,"}, Refused{"AnEmptyExtension", "n,,n=user,r=abc,,x=1"},
        Refused{"AnExtensionWithoutAValue", "n,,n=user,r=abc,x="},
        Refused{"AnExtensionWithoutAnEqualsSign", "n,,n=user,r=abc,xyz"},
        Refused{"AnExtensionThatIsNoLetter", "n,,n=user,r=abc,1=x"},
        Refused{"AnExtensionOfTwoLetters", "n,,n=user,r=abc,xy=1"},
        Refused{"ASecondName", "n,,n=user,r=abc,n=other"}, Refused{"ASecondNonce", "n,,n=user,r=abc,r=def"},
        Refused{"AProofTooEarly", "n,,n=user,r=abc,p=abcd"},
        Refused{"AMessageOneByteTooLong", with_filler("n,,n=user,r=abc", max_scram_message_bytes + 1)}),
    [](const auto& info) { return info.param.behaviour; });

struct Final {
  const char* behaviour;
  std::string message;
  std::string without_proof;
};

class AcceptedClientFinal : public testing::TestWithParam<Final> {};

TEST_P(AcceptedClientFinal, IsRead) {
  const auto final = parse_client_final(GetParam().message);
  ASSERT_TRUE(final) << to_string(final.error());
  EXPECT_EQ(final->channel_binding, "biws");
  EXPECT_EQ(final->nonce, "abcdef");
  EXPECT_EQ(final->proof.reveal(), "proof!");
  EXPECT_EQ(final->without_proof, GetParam().without_proof);
}

INSTANTIATE_TEST_SUITE_P(
    Scram, AcceptedClientFinal,
    testing::Values(Final{"NoMoreThanNeeded", "c=biws,r=abcdef,p=cHJvb2Yh", "c=biws,r=abcdef"},
                    Final{"ExtensionsBeforeTheProof", "c=biws,r=abcdef,x=1,Z=b=c,p=cHJvb2Yh",
                          "c=biws,r=abcdef,x=1,Z=b=c"}),
    [](const auto& info) { return info.param.behaviour; });

class RefusedClientFinal : public testing::TestWithParam<Refused> {};

TEST_P(RefusedClientFinal, SaysWhy) {
  const auto final = parse_client_final(GetParam().message);
  ASSERT_FALSE(final);
  EXPECT_EQ(to_string(final.error()), to_string(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Scram, RefusedClientFinal,
    testing::Values(
        Refused{"Nothing", ""}, Refused{"ALoneComma", ","}, Refused{"NoChannelBinding", "r=abc,p=cHJv"},
        Refused{"AnEmptyChannelBinding", "c=,r=abc,p=cHJv"}, Refused{"NoNonce", "c=biws,p=cHJv"},
        Refused{"AnEmptyNonce", "c=biws,r=,p=cHJv"}, Refused{"NoProof", "c=biws,r=abc"},
        Refused{"NoProofBehindAnExtension", "c=biws,r=abc,x=1"}, Refused{"ACommaForAProof", "c=biws,r=abc,"},
        Refused{"AProofWithBadBase64", "c=biws,r=abc,p=cHJ"},
        Refused{"AProofWithWhiteSpace", "c=biws,r=abc,p=cHJv "},
        Refused{"AProofInAnotherAlphabet", "c=biws,r=abc,p=_-Jv"},
        Refused{"AnExtensionBehindTheProof", "c=biws,r=abc,p=cHJv,x=1"},
        Refused{"ACommaBehindTheProof", "c=biws,r=abc,p=cHJv,"},
        Refused{"AMandatoryExtension", "c=biws,r=abc,m=1,p=cHJv", LoginReason::unsupported_extension},
        Refused{"ASecondNonce", "c=biws,r=abc,r=def,p=cHJv"},
        Refused{"AnEmptyExtension", "c=biws,r=abc,,p=cHJv"},
        Refused{"AttributesInAnotherOrder", "r=abc,c=biws,p=cHJv"},
        Refused{"AttributesInUpperCase", "C=biws,R=abc,P=cHJv"}, Refused{"ANul", "c=biws,r=abc,p=cHJv\0"s},
        Refused{"BadUtf8", "c=biws,r=abc,x=\xff,p=cHJv"},
        Refused{"AMessageOneByteTooLong",
                "c=biws,r=abc,x=" + std::string(max_scram_message_bytes + 1 - 22, 'x') + ",p=cHJv"}),
    [](const auto& info) { return info.param.behaviour; });

TEST(ScramMessage, AsLongAsAllowedIsReadToItsEnd) {
  const std::string message = "c=biws,r=abc,x=" + std::string(max_scram_message_bytes - 22, 'x') + ",p=cHJv";
  ASSERT_EQ(message.size(), max_scram_message_bytes);
  EXPECT_TRUE(parse_client_final(message));
}

TEST(ScramMessage, CutAnywhereNeverReadsAsWhole) {
  const std::string first = "n,a=u,n=user,r=abc";
  for (std::size_t size = 0; size < first.find("r=") + 3; ++size) {
    EXPECT_FALSE(parse_client_first(first.substr(0, size))) << size;
  }
  const std::string final = "c=biws,r=abcdef,p=cHJvb2Yh";
  for (std::size_t size = 0; size < final.find("p=") + 2; ++size) {
    EXPECT_FALSE(parse_client_final(final.substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace doorward
