// PLAIN: what is read from its one message, and how each deviation ends.
#include "mechanisms/plain.hpp"

#include "tests/mechanisms/exchange.hpp"

#include <gtest/gtest.h>

namespace doorward {
namespace {

using namespace std::string_literals;

const std::string longest_name(max_plain_name_bytes, 'u');

struct Accepted {
  const char* behaviour;
  std::string message;
  std::string username;
  std::string password;
};

class AcceptedPlain : public testing::TestWithParam<Accepted> {};

TEST_P(AcceptedPlain, AsksForVerificationAndBelievesTheVerdict) {
  for (const bool verdict : {true, false}) {
    PlainMechanism plain;
    const Step need = plain.step(GetParam().message);
    ASSERT_TRUE(std::holds_alternative<NeedVerification>(need)) << in_words(need);
    EXPECT_EQ(std::get<NeedVerification>(need).username, GetParam().username);
    EXPECT_EQ(std::get<NeedVerification>(need).password.reveal(), GetParam().password);
    EXPECT_EQ(in_words(plain.resume_verified(verdict)),
              verdict ? "success \"" + GetParam().username + '"' : "failure auth wrong_password");
    EXPECT_EQ(in_words(plain.step("")), "failure auth too_many_steps");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Plain, AcceptedPlain,
    testing::Values(
        Accepted{"NoAuthzid", "\0tim\0tanstaaftanstaaf"s, "tim", "tanstaaftanstaaf"},
        Accepted{"TheUsersOwnAuthzid", "tim\0tim\0secret"s, "tim", "secret"},
        Accepted{"AnAuthzidThatIsTheSameOncePrepared", "\xef\xac\x81\0fi\0secret"s, "fi", "secret"},
        Accepted{"ANameThatIsPrepared", "\0\xe2\x85\xa8\0secret"s, "IX", "secret"},
        Accepted{"NonAsciiText", "\0\xd0\xb6\0\xe2\x82\xac"s, "\xd0\xb6", "\xe2\x82\xac"},
        Accepted{"APasswordThatIsNotUtf8", "\0tim\0\xff\xfe"s, "tim", "\xff\xfe"},
        Accepted{"APasswordOfSpaces", "\0tim\0  "s, "tim", "  "},
        Accepted{"TheLongestNames", longest_name + "\0"s + longest_name + "\0x"s, longest_name, "x"},
        Accepted{"APasswordOf16KiB", "\0tim\0"s + std::string(16'384, 't'), "tim", std::string(16'384, 't')},
        Accepted{"TheNameOfAServiceAccount", "\0system:serviceaccount:a:b\0t"s, "system:serviceaccount:a:b",
                 "t"},
        Accepted{"NearlyTheNameForAnyServiceAccount", "\0@@serviceaccount@\0t"s, "@@serviceaccount@", "t"}),
    [](const auto& info) { return info.param.behaviour; });

struct Refused {
  const char* behaviour;
  std::string message;
  std::string outcome = "failure auth malformed_message";
};

class RefusedPlain : public testing::TestWithParam<Refused> {};

TEST_P(RefusedPlain, EndsWithoutAVerification) {
  PlainMechanism plain;
  EXPECT_EQ(in_words(plain.step(GetParam().message)), GetParam().outcome);
  EXPECT_EQ(in_words(plain.step("\0tim\0secret"s)), "failure auth too_many_steps");
  EXPECT_EQ(in_words(plain.resume_verified(true)), "failure sys internal");
}

INSTANTIATE_TEST_SUITE_P(
    Plain, RefusedPlain,
    testing::Values(Refused{"NoNul", "tim"}, Refused{"OneNul", "\0tim"s},
                    Refused{"ThreeNuls", "\0tim\0secret\0"s},
                    Refused{"ANulInThePassword", "\0tim\0sec\0ret"s}, Refused{"OnlyNuls", "\0\0"s},
                    Refused{"NoName", "\0\0secret"s}, Refused{"NoPassword", "\0tim\0"s},
                    Refused{"AnAuthzidInPlaceOfAName", "tim\0\0secret"s},
                    Refused{"ANameThatIsNotUtf8", "\0\xff\0secret"s},
                    Refused{"AnAuthzidThatIsNotUtf8", "\xff\0tim\0secret"s},
                    Refused{"ANameOneByteTooLong", "\0"s + longest_name + "u\0x"s},
                    Refused{"AnAuthzidOneByteTooLong", longest_name + "u\0tim\0x"s},
                    Refused{"AForeignAuthzid", "admin\0tim\0secret"s, "failure auth foreign_authzid"},
                    Refused{"AnAuthzidInAnotherCase", "Tim\0tim\0secret"s, "failure auth foreign_authzid"},
                    Refused{"AnAuthzidThatTheNameBeginsWith", "ti\0tim\0secret"s,
                            "failure auth foreign_authzid"}),
    [](const auto& info) { return info.param.behaviour; });

TEST(Plain, AsksForTheMessageWhereNoneCame) {
  PlainMechanism plain;
  EXPECT_EQ(in_words(plain.step("")), "challenge \"\"");
  EXPECT_EQ(in_words(plain.step("\0tim\0secret"s)), "needs verification \"tim\"");
  EXPECT_EQ(in_words(plain.resume_verified(true)), "success \"tim\"");
}

TEST(Plain, HasTheTokenOfAServiceAccountReviewed) {
  for (const std::string& token :
       {std::string("a.b-c_d"), std::string("\xff\xfe"), std::string(16'384, 't')}) {
    PlainMechanism plain;
    const Step need = plain.step("\0@@serviceaccount@@\0"s + token);
    ASSERT_EQ(in_words(need), "needs review \"\"");
    EXPECT_EQ(std::get<NeedTokenReview>(need).token.reveal(), token);
    EXPECT_EQ(in_words(plain.resume_reviewed("ann")), "success \"ann\"");
    EXPECT_EQ(in_words(plain.step("")), "failure auth too_many_steps");
  }
}

TEST(Plain, EndsAsTheReviewSays) {
  PlainMechanism plain;
  (void)plain.step("\0@@serviceaccount@@\0t"s);
  EXPECT_EQ(
      in_words(plain.resume_reviewed(std::unexpected(Failure{SaslCode::sys_temp, LoginReason::review_cut}))),
      "failure sys_temp review_cut");
  EXPECT_EQ(in_words(plain.resume_reviewed("ann")), "failure sys internal");
}

TEST(Plain, BlamesACallerThatBringsAVerdictForATokenOrAReviewForAPassword) {
  PlainMechanism token;
  (void)token.step("\0@@serviceaccount@@\0t"s);
  EXPECT_EQ(in_words(token.resume_verified(true)), "failure sys internal");
  PlainMechanism impatient;
  (void)impatient.step("\0@@serviceaccount@@\0t"s);
  EXPECT_EQ(in_words(impatient.step("")), "failure sys internal");
  PlainMechanism password;
  (void)password.step("\0tim\0secret"s);
  EXPECT_EQ(in_words(password.resume_reviewed("tim")), "failure sys internal");
}

TEST(Plain, AsksOnlyOnce) {
  PlainMechanism plain;
  EXPECT_EQ(in_words(plain.step("")), "challenge \"\"");
  EXPECT_EQ(in_words(plain.step("")), "failure auth malformed_message");
}

TEST(Plain, BlamesACallerThatSkipsTheVerdict) {
  PlainMechanism plain;
  (void)plain.step("\0tim\0secret"s);
  EXPECT_EQ(in_words(plain.step("")), "failure sys internal");
  EXPECT_EQ(in_words(plain.resume_verified(true)), "failure sys internal");
}

TEST(Plain, BlamesACallerThatBringsACredential) {
  PlainMechanism plain;
  EXPECT_EQ(in_words(plain.resume(ScramCredential{})), "failure sys internal");
}

}  // namespace
}  // namespace doorward
