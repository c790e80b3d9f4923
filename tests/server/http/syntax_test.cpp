// Heads and chunks as the RFC lets them be, and nothing that another reader could take otherwise.
#include "server/http/syntax.hpp"

#include <gmock/gmock.h>

namespace doorward::http {
namespace {

using testing::ElementsAre;
using testing::Pair;
using namespace std::string_view_literals;

bool takes_head(std::string_view text) {
  HeadSyntax head;
  return head.accept(text) && head.ended();
}

bool takes_chunks(std::string_view text) {
  ChunkSyntax chunks;
  return chunks.accept(text) && chunks.ended();
}

TEST(HeadSyntaxTest, tells_headers_as_they_were_sent) {
  HeadSyntax head;
  EXPECT_TRUE(head.accept("GET /a HTTP/1.1\r\nA: 1\r\nb:\t %41 x \t\r\na:\r\n"));
  EXPECT_FALSE(head.ended());
  EXPECT_TRUE(head.accept("\r\n"));
  EXPECT_TRUE(head.ended());
  EXPECT_THAT(head.headers(), ElementsAre(Pair("A", "1"), Pair("b", "%41 x"), Pair("a", "")));
}

TEST(HeadSyntaxTest, refuses_lines_that_another_reader_could_end_elsewhere) {
  EXPECT_TRUE(takes_head("GET / HTTP/1.1\r\nA: b\r\n\r\n"));
  for (const auto text : {"GET / HTTP/1.1\nA: b\r\n\r\n"sv, "GET / HTTP/1.1\r\nA: b\n\r\n"sv,
                          "GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n"sv, "GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n"sv,
                          "GET / HTTP/1.1\r\nA: b\r\r\n\r\n"sv, "GET / HTTP/1.1\r\nA: b\r\n\n"sv,
                          "GET / HTTP/1.1\r\nA: b\0c\r\n\r\n"sv, "GET /\0 HTTP/1.1\r\n\r\n"sv,
                          "GET / HTTP/1.1\r\nA: \x7f\r\n\r\n"sv})
    EXPECT_FALSE(takes_head(text)) << text;
}

TEST(HeadSyntaxTest, refuses_headers_that_the_library_would_pass_over) {
  for (const auto text : {"GET / HTTP/1.1\r\nno colon\r\n\r\n"sv,
                          "GET / HTTP/1.1\r\nA: b\r\n folded: c\r\n\r\n"sv, "GET / HTTP/1.1\r\n: b\r\n\r\n"sv,
                          "GET / HTTP/1.1\r\nA : b\r\n\r\n"sv, "GET / HTTP/1.1\r\nA\t: b\r\n\r\n"sv})
    EXPECT_FALSE(takes_head(text)) << text;
}

TEST(ChunkSyntaxTest, takes_hexadecimal_sizes_and_extensions) {
  for (const auto text : {"0\r\n\r\n"sv, "5\r\nabcde\r\n0\r\n\r\n"sv, "0005;a=\"b\"\r\nabcde\r\n00\r\n\r\n"sv,
                          "A\r\n0123456789\r\na\r\n0123\r\n6789\r\n0\r\n\r\n"sv})
    EXPECT_TRUE(takes_chunks(text)) << text;
}

TEST(ChunkSyntaxTest, refuses_sizes_that_only_the_library_takes) {
  for (const auto size :
       {"0x5"sv, " 5"sv, "+5"sv, "-5"sv, "5 "sv, "\t5"sv, ""sv, ";a"sv, "5\n"sv, "5;a\nb"sv, "5;\x01"sv})
    EXPECT_FALSE(takes_chunks(std::string(size) + "\r\nabcde\r\n0\r\n\r\n")) << size;
}

TEST(ChunkSyntaxTest, takes_sizes_of_sixteen_digits_at_most) {
  EXPECT_TRUE(takes_chunks("0000000000000001\r\na\r\n0\r\n\r\n"));
  EXPECT_FALSE(takes_chunks("00000000000000001\r\na\r\n0\r\n\r\n"));
  EXPECT_TRUE(ChunkSyntax().accept("ffffffffffffffff\r\nabc"));
}

TEST(ChunkSyntaxTest, refuses_chunks_that_end_elsewhere_than_they_said) {
  for (const auto text : {"5\r\nabcd\r\n0\r\n\r\n"sv, "5\r\nabcdef\r\n0\r\n\r\n"sv, "5\r\nabcde\n0\r\n\r\n"sv,
                          "0\r\nTrailer: a\r\n\r\n"sv, "0\r\n\n"sv, "0\r\n\r\nx"sv})
    EXPECT_FALSE(takes_chunks(text)) << text;
}

}  // namespace
}  // namespace doorward::http
