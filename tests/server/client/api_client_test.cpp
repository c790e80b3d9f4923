// What the client makes of names, headers and answers; the connection itself is tested with the real server.
#include "server/client/api_client.hpp"

#include <fstream>
#include <stdlib.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::HasSubstr;

TEST(ApiClient, takes_the_text_out_of_a_warning) {
  EXPECT_EQ(warning_text("Warning: 299 - \"mind the gap\""), "mind the gap");
  EXPECT_EQ(warning_text("warning:299 - \"a \\\"b\\\" \\\\c\""), "a \"b\" \\c");
  for (const char* line : {"", "Warning", "Warning:", "Warning: 199 - \"x\"", "Warning: 299 - \"",
                           "Warning: 299 - x", "Warnings: 299 - \"x\"", "Content-Type: 299 - \"x\""})
    EXPECT_EQ(warning_text(line), "") << line;
}

TEST(ApiClient, encodes_every_byte_that_means_something_in_a_path) {
  EXPECT_EQ(percent_encode("shop.al-i_c~e9"), "shop.al-i_c~e9");
  EXPECT_EQ(percent_encode("a/b?c=d&e%+ \"\xc3\xa9"), "a%2Fb%3Fc%3Dd%26e%25%2B%20%22%C3%A9");
  EXPECT_EQ(percent_encode(std::string_view("\0", 1)), "%00");
}

TEST(ApiClient, says_what_a_status_says) {
  EXPECT_EQ((ApiAnswer{.status = 404, .body = {{"message", "gone"}}}.message()), "gone");
  EXPECT_EQ((ApiAnswer{.status = 502, .body = {{"message", 7}}}.message()),
            "the server answered with HTTP status 502");
  EXPECT_TRUE((ApiAnswer{.status = 201}.ok()));
  EXPECT_FALSE((ApiAnswer{.status = 300}.ok()));
}

TEST(ApiClient, says_why_a_kubeconfig_does_not_do) {
  EXPECT_THAT(ApiClient::of_kubeconfig("/nowhere/kubeconfig").error().message, HasSubstr("cannot be read"));
}

// Port 1 of loopback: nobody listens there.
TEST(ApiClient, says_what_to_do_where_nobody_answers) {
  std::string file = "/tmp/doorward-client-XXXXXX";
  const int descriptor = ::mkstemp(file.data());
  ASSERT_GE(descriptor, 0);
  ::close(descriptor);
  std::ofstream(file) << "current-context: c\n"
                         "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
                         "clusters: [{name: k, cluster: {server: 'https://127.0.0.1:1'}}]\n"
                         "users: [{name: u, user: {token: very-secret}}]\n";
  const auto client = ApiClient::of_kubeconfig(file);
  ::unlink(file.c_str());
  ASSERT_TRUE(client) << client.error().message;
  const auto answer = (*client)->ask({.path = "/version"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("https://127.0.0.1:1: "));
  EXPECT_THAT(answer.error().message, HasSubstr("is `doorward serve --https` running there?"));
  EXPECT_THAT(answer.error().message, testing::Not(HasSubstr("very-secret")));
}

}  // namespace
}  // namespace doorward
