// Requests as the handler sees them, and responses as clients do.
#include "tests/server/http/door.hpp"

#include <gmock/gmock.h>

namespace doorward::http {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using ConversationTest = Door;

TEST_F(ConversationTest, hands_over_what_was_sent_as_it_was_sent) {
  const auto answer =
      ask("PATCH /api/%41/..%2fb?x=%20&y HTTP/1.1\r\nAccept: application/json;as=Table\r\n"
          "Content-Type: application/merge-patch+json\r\nContent-Length: 2\r\n\r\n{}");
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->body, StartsWith("PATCH /api/%41/..%2fb ?x=%20&y [application/merge-patch+json] "
                                       "(application/json;as=Table) 2 "));
  EXPECT_EQ(answer->headers.at("Content-Type"), "application/json");
  EXPECT_EQ(answer->headers.at("Audit-Id").size(), 32u);
}

TEST_F(ConversationTest, leaves_dots_in_a_path_to_the_handler) {
  EXPECT_THAT(ask("GET /../../etc/passwd HTTP/1.1\r\n\r\n")->body, StartsWith("GET /../../etc/passwd ?"));
}

TEST_F(ConversationTest, answers_one_request_after_the_other_also_when_they_are_sent_ahead) {
  Client pipelining = client();
  pipelining.send(
      "GET /1 HTTP/1.1\r\n\r\nPOST /2 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
      "POST /3 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
      "DELETE /4 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nPOST /5 HTTP/1.1\r\n\r\n"
      "GET /6 HTTP/1.1\r\nConnection: close\r\n\r\nGET /7 HTTP/1.1\r\n\r\n");
  EXPECT_THAT(pipelining.answer()->body, StartsWith("GET /1 ? [] () 0 "));
  EXPECT_THAT(pipelining.answer()->body, StartsWith("POST /2 ? [] () 3 "));
  EXPECT_THAT(pipelining.answer()->body, StartsWith("POST /3 ? [] () 2 "));
  EXPECT_THAT(pipelining.answer()->body, StartsWith("DELETE /4 ? [] () 1 "));
  EXPECT_THAT(pipelining.answer()->body, StartsWith("POST /5 ? [] () 0 "));
  const auto last = pipelining.answer();
  EXPECT_THAT(last->body, StartsWith("GET /6 "));
  EXPECT_EQ(last->headers.at("Connection"), "close");
  EXPECT_TRUE(pipelining.closed());
}

TEST_F(ConversationTest, never_takes_the_body_of_a_get_for_the_next_request) {
  Client smuggler = client();
  smuggler.send("GET /1 HTTP/1.1\r\nContent-Length: 23\r\n\r\nGET /2 HTTP/1.1\r\nX: y\r\n\r\n");
  EXPECT_THAT(smuggler.answer()->body, StartsWith("GET /1 "));
  EXPECT_TRUE(smuggler.closed());
}

TEST_F(ConversationTest, answers_head_like_get_without_the_body) {
  Client asking = client();
  asking.send("HEAD /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
  const auto head = asking.answer(true);
  EXPECT_EQ(head->status, 200);
  EXPECT_NE(head->headers.at("Content-Length"), "0");
  EXPECT_THAT(asking.answer()->body, StartsWith("GET /b "));
}

TEST_F(ConversationTest, never_watches_for_head) {
  Client asking = client();
  asking.send("HEAD /watch HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
  EXPECT_EQ(asking.answer(true)->status, 200);
  EXPECT_THAT(asking.answer()->body, StartsWith("GET /b "));
}

TEST_F(ConversationTest, refuses_methods_that_it_does_not_know) {
  for (const char* method : {"BREW", "OPTIONS", "TRACE", "CONNECT", "get"}) {
    const auto refused = ask(std::string(method) + " /a HTTP/1.1\r\n\r\n");
    ASSERT_TRUE(refused) << method;
    EXPECT_EQ(refused->status, 405) << method;
    EXPECT_THAT(refused->body, HasSubstr("MethodNotAllowed")) << method;
  }
}

TEST_F(ConversationTest, refuses_what_is_no_http) {
  for (const char* bytes :
       {"\r\n\r\n", "GET\r\n\r\n", "GET /a\r\n\r\n", "GET /a HTTP/2.0\r\n\r\n", "GET a HTTP/1.1\r\n\r\n",
        "GET * HTTP/1.1\r\n\r\n", "GET http://h/ HTTP/1.1\r\n\r\n",
        "POST /a HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /a HTTP/1.1\r\nContent-Length : 1\r\n\r\na",
        "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"}) {
    const auto refused = ask(bytes);
    ASSERT_TRUE(refused) << bytes;
    EXPECT_EQ(refused->status, 400) << bytes;
    EXPECT_THAT(refused->body, HasSubstr(R"("kind":"Status")")) << bytes;
  }
}

TEST_F(ConversationTest, refuses_what_another_reader_could_take_for_another_request) {
  for (const char* bytes :
       {"GET /a HTTP/1.1\r\nImpersonate-User: nobody\nX: y\r\n\r\n",
        "GET /a HTTP/1.1\r\nImpersonate-User\r\n\r\n", "GET /a HTTP/1.1\r\nA: b\rC: d\r\n\r\n",
        "GET /a HTTP/1.1\nA: b\r\n\r\n", "POST /a HTTP/1.1\r\nContent-Length:\r\n\r\n",
        "POST /a HTTP/1.1\r\nContent-Length: %31\r\n\r\na",
        "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n",
        "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n 5\r\nabcde\r\n0\r\n\r\n",
        "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nabcde\r\n0\r\n\r\n"}) {
    Client asking = client();
    asking.send(bytes);
    const auto refused = asking.answer();
    ASSERT_TRUE(refused) << bytes;
    EXPECT_EQ(refused->status, 400) << bytes;
    EXPECT_EQ(refused->headers.at("Connection"), "close") << bytes;
    EXPECT_TRUE(asking.closed()) << bytes;
  }
}

TEST_F(ConversationTest, refuses_a_path_that_is_too_long_for_the_library) {
  const auto refused = ask("GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\n\r\n");
  EXPECT_EQ(refused->status, 414);
  EXPECT_THAT(refused->body, HasSubstr("8 KiB at most"));
}

// RFC 9110, section 15.5.16.
TEST_F(ConversationTest, never_unpacks_a_body) {
  const auto refused = ask("POST /a HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 415);
  EXPECT_THAT(refused->body, HasSubstr("without Content-Encoding"));
}

TEST_F(ConversationTest, never_reads_a_body_as_a_form) {
  const std::string body = "a=b&c=d";
  for (const char* header :
       {"Content-Encoding: identity", "Content-Type: application/x-www-form-urlencoded",
        "Content-Type: multipart/form-data; boundary=x", "Content-Type: multipart/form-data"}) {
    const auto answer =
        ask(fmt::format("POST /a HTTP/1.1\r\n{}\r\nContent-Length: 7\r\n\r\n{}", header, body));
    ASSERT_TRUE(answer) << header;
    EXPECT_THAT(answer->body, HasSubstr(" 7 ")) << header;
  }
}

TEST_F(ConversationTest, never_compresses_and_serves_no_ranges) {
  const auto answer = ask("GET /a HTTP/1.1\r\nAccept-Encoding: gzip, br\r\nRange: bytes=0-3\r\n\r\n");
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(answer->body, StartsWith("GET /a "));
  EXPECT_FALSE(answer->headers.contains("Content-Encoding"));
}

TEST_F(ConversationTest, tells_nobody_what_an_exception_said) {
  Client asking = client();
  asking.send("GET /throws HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string said = asking.rest();
  EXPECT_THAT(said, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(said, Not(HasSubstr("secret")));
  EXPECT_THAT(said, Not(HasSubstr("Cookie")));
}

TEST_F(ConversationTest, lets_no_header_begin_another) {
  EXPECT_EQ(ask("GET /a HTTP/1.1\r\n\r\n")->headers.at("Warning"), "299 - \"a  b\"");
}

TEST_F(ConversationTest, finishes_requests_at_the_end_and_takes_no_more) {
  Client asking = client();
  asking.send("GET /waits HTTP/1.1\r\n\r\n");
  waiting.next(Deadline::max());
  server->drain();
  EXPECT_THROW(Client(port, nullptr), std::runtime_error);
  gate.stop();
  EXPECT_EQ(asking.answer()->status, 200);
  EXPECT_TRUE(asking.closed());
  server->stop(std::chrono::minutes(1));
}

}  // namespace
}  // namespace doorward::http
