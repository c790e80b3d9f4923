// What a head says, whatever case its names have; and what no request may ask for.
#include "server/http/request_head.hpp"

#include <gtest/gtest.h>

namespace doorward::http {
namespace {

using Headers = HeadSyntax::Headers;

int refused(std::string_view method, std::string_view target, const Headers& headers = {}) {
  const auto fault = fault_of(method, target, headers);
  return fault ? fault->status : 0;
}

TEST(RequestHead, is_taken_apart) {
  const Headers headers{{"ACCEPT", "a"}, {"content-type", "b"}, {"User-Agent", "c"}, {"Accept", "second"}};
  const rest::Request request = read_head("POST", "/apis/x%2Fy?watch=1&a=?", headers);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/apis/x%2Fy");
  EXPECT_EQ(request.query, "watch=1&a=?");
  EXPECT_EQ(request.accept, "a");
  EXPECT_EQ(request.content_type, "b");
  EXPECT_EQ(request.user_agent, "c");
  EXPECT_EQ(read_head("GET", "/", {}).query, "");
}

TEST(RequestHead, of_a_head_asks_what_a_get_would_answer) {
  EXPECT_EQ(read_head("HEAD", "/", {}).method, "GET");
  EXPECT_FALSE(reads_body("HEAD"));
  EXPECT_TRUE(reads_body("DELETE"));
}

TEST(RequestHead, is_refused_for_what_nobody_may_ask) {
  EXPECT_EQ(refused("GET", "/"), 0);
  for (const char* method : {"", "get", "TRACE", "CONNECT", "GETS"})
    EXPECT_EQ(refused(method, "/"), 405) << method;
  for (const char* target : {"", "*", "?a", "http://host/", "x/"})
    EXPECT_EQ(refused("GET", target), 400) << target;
  EXPECT_EQ(refused("POST", "/", {{"content-encoding", "Identity"}}), 0);
  EXPECT_EQ(refused("POST", "/", {{"content-encoding", "gzip"}}), 415);
}

TEST(RequestHead, says_whether_it_is_to_be_another_ones) {
  EXPECT_TRUE(impersonates({{"Accept", "a"}, {"impersonate-extra-x", ""}}));
  EXPECT_FALSE(impersonates({{"Impersonate", "a"}, {"X-Impersonate-User", "a"}}));
}

}  // namespace
}  // namespace doorward::http
