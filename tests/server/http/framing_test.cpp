// Where a request ends, and what is refused because two readers could disagree about that.
#include "server/http/framing.hpp"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace doorward::http {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

int refused(const Headers& headers) {
  const auto framing = framing_of(headers, 100);
  return framing ? 0 : framing.error().status;
}

TEST(FramingTest, knows_no_body_a_length_and_chunks) {
  EXPECT_FALSE(framing_of(Headers{{"Host", "x"}}, 100)->has_body());
  EXPECT_FALSE(framing_of(Headers{{"Content-Length", "0"}}, 100)->has_body());
  EXPECT_EQ(framing_of(Headers{{"content-length", "100"}}, 100)->length, 100u);
  EXPECT_TRUE(framing_of(Headers{{"TRANSFER-ENCODING", "Chunked"}}, 100)->chunked);
}

TEST(FramingTest, refuses_a_length_above_the_bound) {
  EXPECT_EQ(refused({{"Content-Length", "100"}}), 0);
  EXPECT_EQ(refused({{"Content-Length", "101"}}), 413);
  EXPECT_EQ(refused({{"Content-Length", "4294967296"}}), 413);
}

TEST(FramingTest, refuses_a_length_that_is_no_number) {
  for (const char* length : {"-1", "+1", "1 ", "0x10", "1,1", "99999999999999999999", "abc", "1.0"}) {
    EXPECT_EQ(refused({{"Content-Length", length}}), 400) << length;
  }
}

TEST(FramingTest, refuses_two_lengths_even_where_they_agree) {
  EXPECT_EQ(refused({{"Content-Length", "1"}, {"content-length", "1"}}), 400);
}

TEST(FramingTest, refuses_a_length_beside_chunks) {
  EXPECT_EQ(refused({{"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}}), 400);
}

TEST(FramingTest, refuses_codings_that_it_does_not_know) {
  EXPECT_EQ(refused({{"Transfer-Encoding", "gzip, chunked"}}), 501);
  EXPECT_EQ(refused({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}), 501);
}

TEST(FramingTest, refuses_names_that_are_no_tokens) {
  for (const char* name : {"Content-Length ", " Content-Length", "", "a\tb", "a(b", "\xc3\xa4"}) {
    EXPECT_EQ(refused({{name, "1"}}), 400) << name;
  }
}

TEST(FramingTest, compares_names_without_case) {
  EXPECT_TRUE(same_header("aB-1", "Ab-1"));
  EXPECT_FALSE(same_header("ab", "abc"));
  EXPECT_FALSE(same_header("a@", "a`"));
}

}  // namespace
}  // namespace doorward::http
