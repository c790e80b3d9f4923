// What the server finds out about whoever calls, before it reads a body.
#include "tests/server/http/door.hpp"

#include <gmock/gmock.h>

namespace doorward::http {
namespace {

using testing::EndsWith;

using CallersAtTheDoorTest = Door;

TEST_F(CallersAtTheDoorTest, shows_the_authorization_and_whether_somebody_is_impersonated) {
  EXPECT_THAT(ask("GET /a HTTP/1.1\r\nauthorization: Bearer abc\r\n\r\n")->body,
              EndsWith(" Bearer abc||false"));
  EXPECT_THAT(ask("GET /a HTTP/1.1\r\nimpersonate-user: root\r\n\r\n")->body, EndsWith(" ||true"));
  EXPECT_THAT(ask("GET /a HTTP/1.1\r\nImpersonate-Extra-x: y\r\n\r\n")->body, EndsWith(" ||true"));
}

TEST_F(CallersAtTheDoorTest, refuses_without_reading_the_body) {
  refuses_callers = {.status = 401, .body = "{}"};
  const auto refused = ask("POST /a HTTP/1.1\r\nContent-Length: 1000\r\n\r\n");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 401);
  EXPECT_EQ(refused->headers.at("Connection"), "close");
}

TEST_F(CallersAtTheDoorTest, refuses_whoever_may_not_ask_without_reading_the_body) {
  refuses_heads = {.status = 403, .body = "{}"};
  for (const char* framing : {"Content-Length: 1000", "Transfer-Encoding: chunked",
                              "Content-Length: 1000\r\nExpect: 100-continue"}) {
    const auto refused = ask(fmt::format("POST /a HTTP/1.1\r\n{}\r\n\r\n", framing));
    ASSERT_TRUE(refused) << framing;
    EXPECT_EQ(refused->status, 403) << framing;
    EXPECT_EQ(refused->headers.at("Connection"), "close") << framing;
  }
  // Where there is none, one question is enough.
  EXPECT_EQ(ask("POST /a HTTP/1.1\r\n\r\n")->status, 200);
}

TEST_F(CallersAtTheDoorTest, goes_on_after_a_refusal_that_left_nothing_unread) {
  refuses_callers = {.status = 401, .body = "{}"};
  Client refused = client();
  refused.send("GET /a HTTP/1.1\r\n\r\nGET /a HTTP/1.1\r\n\r\n");
  EXPECT_EQ(refused.answer()->status, 401);
  EXPECT_EQ(refused.answer()->status, 401);
}

TEST_F(CallersAtTheDoorTest, gives_the_place_of_a_known_one_whose_body_does_not_come_to_whoever_comes) {
  limits.connections = 1;
  groups = {std::string(rbac::authenticated_group)};
  Client slow = client();
  slow.send("POST /a HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_EQ(slow.answer()->status, 100);
  EXPECT_EQ(ask("GET /a HTTP/1.1\r\n\r\n")->status, 200);
  EXPECT_FALSE(slow.answer());
}

// Though it is ours to find out who it is.
TEST_F(CallersAtTheDoorTest, gives_the_place_of_whoever_is_not_known_yet_to_whoever_comes) {
  limits.connections = 1;
  Client unknown = client();
  unknown.send("GET /a HTTP/1.1\r\nAuthorization: hangs\r\n\r\n");
  waiting.next(Deadline::max());
  EXPECT_EQ(ask("GET /a HTTP/1.1\r\n\r\n")->status, 200);
  EXPECT_FALSE(unknown.answer());
}

TEST_F(CallersAtTheDoorTest, gives_one_caller_half_of_the_requests_under_way) {
  limits.connections = 4;
  groups = {std::string(rbac::authenticated_group)};
  Client first = client(), second = client();
  for (Client* waiting_one : {&first, &second}) {
    waiting_one->send("GET /waits HTTP/1.1\r\nAuthorization: eve\r\n\r\n");
    waiting.next(Deadline::max());
  }
  const auto refused = ask("GET /a HTTP/1.1\r\nAuthorization: eve\r\n\r\n");
  EXPECT_EQ(refused->status, 429);
  EXPECT_EQ(refused->headers.at("Retry-After"), "1");
  EXPECT_EQ(ask("GET /a HTTP/1.1\r\nAuthorization: ann\r\n\r\n")->status, 200);
  gate.stop();
  EXPECT_EQ(first.answer()->status, 200);
  first.send("GET /a HTTP/1.1\r\nAuthorization: eve\r\n\r\n");
  EXPECT_EQ(first.answer()->status, 200);
}

TEST_F(CallersAtTheDoorTest, takes_name_and_groups_from_a_certificate) {
  client_certificates = true;
  open();
  Client showing(port, certificates.client(Certificates::Shows::its_certificate));
  showing.send("GET /a HTTP/1.1\r\n\r\n");
  const auto answer = showing.answer();
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->body, EndsWith(" |a router|false"));
}

TEST_F(CallersAtTheDoorTest, lets_a_client_come_without_a_certificate_but_not_with_a_strangers) {
  client_certificates = true;
  EXPECT_THAT(ask("GET /a HTTP/1.1\r\n\r\n")->body, EndsWith(" ||false"));
  Client stranger(port, certificates.client(Certificates::Shows::a_strangers_certificate));
  stranger.send("GET /a HTTP/1.1\r\n\r\n");
  EXPECT_FALSE(stranger.answer());
}

}  // namespace
}  // namespace doorward::http
