// OAUTHBEARER and XOAUTH2 as exchanges: who asks, who is told what went wrong, and how each way ends.
#include "mechanisms/bearer.hpp"

#include "tests/mechanisms/exchange.hpp"

#include <gtest/gtest.h>

namespace doorward {
namespace {

struct Spoken {
  const char* mechanism;
  std::string message, message_without_name, malformed;
  std::string farewell;  // as its clients answer the error
  std::string bad_token, bad_request;
};

const Spoken forms[] = {
    {"OAUTHBEARER", "n,a=ann,\1auth=Bearer a.b.c\1\1", "n,,\1auth=Bearer a.b.c\1\1", "n,,", "\1",
     R"(challenge "{"status":"invalid_token"}")", R"(challenge "{"status":"invalid_request"}")"},
    {"XOAUTH2", "user=ann\1auth=Bearer a.b.c\1\1", "user=\1auth=Bearer a.b.c\1\1", "user=ann", "",
     R"(challenge "{"status":"401","schemes":"bearer"}")",
     R"(challenge "{"status":"400","schemes":"bearer"}")"},
};

Reviewed refused(SaslCode code, LoginReason reason) { return std::unexpected(Failure{code, reason}); }

class Bearer : public testing::TestWithParam<Spoken> {
 protected:
  std::unique_ptr<Mechanism> mechanism = make_bearer_mechanism(GetParam().mechanism);
  std::string say(std::string_view message) { return in_words(mechanism->step(message)); }
};

TEST_P(Bearer, HasTheTokenReviewedAndLetsInWhomItIsOf) {
  const Step need = mechanism->step(GetParam().message);
  ASSERT_EQ(in_words(need), "needs review \"ann\"");
  EXPECT_EQ(std::get<NeedTokenReview>(need).token.reveal(), "a.b.c");
  EXPECT_EQ(in_words(mechanism->resume_reviewed("ann")), "success \"ann\"");
  EXPECT_EQ(say(""), "failure auth too_many_steps");
}

TEST_P(Bearer, LeavesItToTheTokenWhereNoNameIsClaimed) {
  EXPECT_EQ(say(GetParam().message_without_name), "needs review \"\"");
  EXPECT_EQ(in_words(mechanism->resume_reviewed("system:serviceaccount:a:b")),
            "success \"system:serviceaccount:a:b\"");
}

TEST_P(Bearer, AsksForTheMessageOnceWhereNoneCame) {
  EXPECT_EQ(say(""), "challenge \"\"");
  EXPECT_EQ(say(GetParam().message), "needs review \"ann\"");

  mechanism = make_bearer_mechanism(GetParam().mechanism);
  EXPECT_EQ(say(""), "challenge \"\"");
  EXPECT_EQ(say(""), GetParam().bad_request);
}

TEST_P(Bearer, TellsOfABadTokenBeforeItEnds) {
  (void)mechanism->step(GetParam().message);
  EXPECT_EQ(in_words(mechanism->resume_reviewed(refused(SaslCode::auth, LoginReason::token_expired))),
            GetParam().bad_token);
  EXPECT_EQ(say(GetParam().farewell), "failure auth token_expired");
  EXPECT_EQ(say(GetParam().farewell), "failure auth too_many_steps");
}

TEST_P(Bearer, EndsWhateverTheClientAnswersToThat) {
  (void)mechanism->step(GetParam().message);
  (void)mechanism->resume_reviewed(refused(SaslCode::auth, LoginReason::token_rejected));
  EXPECT_EQ(say(GetParam().message), "failure auth token_rejected");
  EXPECT_EQ(in_words(mechanism->resume_reviewed("ann")), "failure sys internal");
}

TEST_P(Bearer, TellsOfAMalformedMessageBeforeItEnds) {
  EXPECT_EQ(say(GetParam().malformed), GetParam().bad_request);
  EXPECT_EQ(say(GetParam().farewell), "failure auth malformed_message");
}

TEST_P(Bearer, EndsAtOnceWhereNobodyCouldBeAsked) {
  (void)mechanism->step(GetParam().message);
  EXPECT_EQ(in_words(mechanism->resume_reviewed(refused(SaslCode::sys_temp, LoginReason::review_timed_out))),
            "failure sys_temp review_timed_out");
  EXPECT_EQ(say(""), "failure auth too_many_steps");
}

TEST_P(Bearer, BlamesACallerThatSkipsTheReviewOrBringsSomethingElse) {
  EXPECT_EQ(in_words(mechanism->resume_reviewed("ann")), "failure sys internal");
  mechanism = make_bearer_mechanism(GetParam().mechanism);
  (void)mechanism->step(GetParam().message);
  EXPECT_EQ(in_words(mechanism->resume_verified(true)), "failure sys internal");
  EXPECT_EQ(say(GetParam().message), "failure sys internal");
  EXPECT_EQ(in_words(mechanism->resume_reviewed("ann")), "failure sys internal");
}

INSTANTIATE_TEST_SUITE_P(Forms, Bearer, testing::ValuesIn(forms),
                         [](const auto& info) { return info.param.mechanism; });

TEST(BearerForms, AreTwo) {
  for (const char* name : {"", "PLAIN", "oauthbearer", "XOAUTH", "OAUTHBEARER\n"}) {
    EXPECT_FALSE(make_bearer_mechanism(name)) << name;
  }
}

}  // namespace
}  // namespace doorward
