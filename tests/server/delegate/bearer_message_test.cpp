// The client's message with a token, judged by the reader of the server.
#include "server/delegate/bearer_message.hpp"

#include "mechanisms/bearer_message.hpp"

#include <gtest/gtest.h>

namespace doorward::delegate {
namespace {

TEST(BearerMessage, says_the_token_and_the_name) {
  EXPECT_EQ(bearer_message("OAUTHBEARER", "", "t0k.e-n"),
            "n,,\x01"
            "auth=Bearer t0k.e-n\x01\x01");
  EXPECT_EQ(bearer_message("OAUTHBEARER", "a,b=c", "t"),
            "n,a=a=2Cb=3Dc,\x01"
            "auth=Bearer t\x01\x01");
  EXPECT_EQ(bearer_message("XOAUTH2", "ann", "t"),
            "user=ann\x01"
            "auth=Bearer t\x01\x01");
}

TEST(BearerMessage, is_read_back_as_it_was_meant) {
  for (const std::string name : {"", "ann", "a,b=c", "m\xc3\xbcller@example.com", "n,a=x,"}) {
    const std::string oauthbearer = bearer_message("OAUTHBEARER", name, "t0k.e-n=");
    const auto read = parse_oauthbearer(oauthbearer);
    ASSERT_TRUE(read) << name;
    EXPECT_EQ(read->username, name);
    EXPECT_EQ(read->token, "t0k.e-n=");
    const std::string xoauth2 = bearer_message("XOAUTH2", name, "t0k.e-n=");
    const auto older = parse_xoauth2(xoauth2);
    ASSERT_TRUE(older) << name;
    EXPECT_EQ(older->username, name);
    EXPECT_EQ(older->token, "t0k.e-n=");
  }
}

TEST(BearerMessage, is_of_these_mechanisms_alone) {
  EXPECT_TRUE(is_bearer_mechanism("OAUTHBEARER"));
  EXPECT_TRUE(is_bearer_mechanism("XOAUTH2"));
  EXPECT_FALSE(is_bearer_mechanism("PLAIN"));
  EXPECT_FALSE(is_bearer_mechanism(""));
}

}  // namespace
}  // namespace doorward::delegate
