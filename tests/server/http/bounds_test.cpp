// Every bound of the HTTPS server, on both sides of it.
#include "tests/server/http/door.hpp"

#include <vector>

#include <gmock/gmock.h>

namespace doorward::http {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class BoundsTest : public Door {
 protected:
  BoundsTest() {
    limits.header_bytes = 1'000;
    limits.body_bytes = 2'000;
  }
  std::string get_of(std::size_t header_bytes) {
    std::string request = "GET /a HTTP/1.1\r\nX: ";
    request.append(header_bytes - request.size() - 4, 'x');
    return request + "\r\n\r\n";
  }
  static std::string post_of(std::size_t body_bytes) {
    return fmt::format("POST /a HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body_bytes) +
           std::string(body_bytes, 'b');
  }
  // As chunks whose framing makes it `wire_bytes` in all.
  static std::string chunked_of(std::size_t wire_bytes) {
    const std::size_t size = wire_bytes - 12;
    return "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + fmt::format("{:03x}\r\n", size) +
           std::string(size, 'c') + "\r\n0\r\n\r\n";
  }
};

TEST_F(BoundsTest, header_bytes) {
  EXPECT_EQ(ask(get_of(1'000))->status, 200);
  const auto refused = ask(get_of(1'001));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 431);
  EXPECT_THAT(refused->body, HasSubstr(R"("kind":"Status")"));
  EXPECT_THAT(refused->body, HasSubstr("1000 bytes at most"));
}

TEST_F(BoundsTest, endless_headers) {
  Client endless = client();
  endless.send("GET /a HTTP/1.1\r\n");
  while (endless.send("Name: value\r\n")) {
  }
  SUCCEED() << "the server closed";
}

TEST_F(BoundsTest, endless_request_line) {
  Client endless = client();
  endless.send("GET /");
  endless.send(std::string(1'500, 'a'));
  const auto refused = endless.answer();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 431);
  EXPECT_TRUE(endless.closed());
}

TEST_F(BoundsTest, body_bytes) {
  EXPECT_THAT(ask(post_of(2'000))->body, HasSubstr(" 2000 "));
  const auto refused = ask(post_of(2'001));
  EXPECT_EQ(refused->status, 413);
  EXPECT_THAT(refused->body, HasSubstr("RequestEntityTooLarge"));
}

TEST_F(BoundsTest, chunked_body_bytes) {
  EXPECT_EQ(ask(chunked_of(2'000))->status, 200);
  EXPECT_EQ(ask(chunked_of(2'001))->status, 413);
}

TEST_F(BoundsTest, endless_chunks) {
  Client endless = client();
  endless.send("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 300; ++i) endless.send("a\r\n0123456789\r\n");
  EXPECT_EQ(endless.answer()->status, 413);
}

TEST_F(BoundsTest, a_chunk_without_end) {
  Client endless = client();
  endless.send("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffff\r\n");
  endless.send(std::string(3'000, 'x'));
  EXPECT_EQ(endless.answer()->status, 413);
}

TEST_F(BoundsTest, four_gib_are_refused_before_they_come) {
  const auto refused = ask("POST /a HTTP/1.1\r\nContent-Length: 4294967296\r\n\r\n");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 413);
  EXPECT_EQ(refused->headers.at("Connection"), "close");
}

TEST_F(BoundsTest, a_body_that_waits_to_be_asked_for_is_refused_or_asked_for) {
  const auto refused = ask("POST /a HTTP/1.1\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(refused->status, 413);
  Client polite = client();
  polite.send("POST /a HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(polite.answer()->status, 100);
  polite.send("abc");
  EXPECT_THAT(polite.answer()->body, HasSubstr(" 3 "));
}

TEST_F(BoundsTest, bodies_together) {
  limits.all_bodies_bytes = 2'500;
  limits.bodies_bytes_of_caller = 2'000;
  Client busy = client();
  busy.send("POST /waits HTTP/1.1\r\nContent-Length: 1500\r\n\r\n" + std::string(1'500, 'b'));
  waiting.next(Deadline::max());
  const auto post = [&](const char* caller, std::size_t bytes) {
    return ask(
        fmt::format("POST /a HTTP/1.1\r\nAuthorization: {}\r\nContent-Length: {}\r\n\r\n", caller, bytes) +
        std::string(bytes, 'b'));
  };
  EXPECT_EQ(post("other", 1'000)->status, 200);
  const auto refused = post("other", 1'001);
  EXPECT_EQ(refused->status, 429);
  EXPECT_EQ(refused->headers.at("Retry-After"), "1");
  EXPECT_EQ(refused->headers.at("Connection"), "close");
  EXPECT_EQ(post("", 500)->status, 200);
  EXPECT_EQ(post("", 501)->status, 429);
  gate.stop();
  EXPECT_EQ(busy.answer()->status, 200);
  busy.send("GET /a HTTP/1.1\r\n\r\n");
  EXPECT_EQ(busy.answer()->status, 200);  // what it had has been given back
  EXPECT_EQ(post("other", 2'000)->status, 200);
  EXPECT_EQ(post("other", 2'001)->status, 413);
}

TEST_F(BoundsTest, first_byte) {
  limits.first_byte = 100ms;
  EXPECT_TRUE(client().closed());
}

TEST_F(BoundsTest, a_handshake_that_does_not_come) {
  limits.first_byte = 100ms;
  open();
  EXPECT_TRUE(Client(port, nullptr).closed());
}

TEST_F(BoundsTest, garbage_instead_of_a_hello) {
  open();
  Client garbage(port, nullptr);
  garbage.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  garbage.rest();  // an alert, then the end
  EXPECT_EQ(ask("GET /a HTTP/1.1\r\n\r\n")->status, 200);
}

TEST_F(BoundsTest, time_between_requests) {
  limits.idle = 100ms;
  Client idle = client();
  idle.send("GET /a HTTP/1.1\r\n\r\n");
  EXPECT_EQ(idle.answer()->status, 200);
  EXPECT_TRUE(idle.closed());
}

TEST_F(BoundsTest, time_of_a_header) {
  limits.header = 100ms;
  Client slow = client();
  slow.send("GET /a HTTP/1.1\r\nX");
  const auto refused = slow.answer();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 408);
  EXPECT_THAT(refused->body, HasSubstr(R"("reason":"Timeout")"));
}

TEST_F(BoundsTest, time_of_a_body) {
  limits.whole = 100ms;
  EXPECT_EQ(ask("POST /a HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc")->status, 408);
  EXPECT_EQ(ask("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")->status, 408);
}

TEST_F(BoundsTest, connections) {
  limits.connections = 4;
  limits.first_byte = 1min;
  std::vector<Client> crowd;
  for (int i = 0; i < 20; ++i) crowd.push_back(client());
  // The idle ones make room: whoever asks is answered.
  EXPECT_EQ(ask("GET /a HTTP/1.1\r\n\r\n")->status, 200);
  EXPECT_TRUE(crowd.front().closed());
}

TEST_F(BoundsTest, heads_that_do_not_end_keep_nobody_out) {
  limits.connections = 4;
  limits.first_byte = limits.header = limits.whole = 10min;
  std::vector<Client> crowd;
  for (int i = 0; i < 4; ++i) {
    crowd.push_back(client());
    crowd.back().send("GET /a HTTP/1.1\r\n");
  }
  EXPECT_EQ(ask("GET /a HTTP/1.1\r\n\r\n")->status, 200);
  EXPECT_TRUE(crowd.front().closed());
}

TEST_F(BoundsTest, a_header_of_ranges_that_the_library_would_match_with_a_regex) {
  limits.header_bytes = 32 * 1'024;
  std::string ranges = "GET /a HTTP/1.1\r\nRange: bytes=0-1";
  while (ranges.size() < 8'000) ranges += ",0-1";
  EXPECT_EQ(ask(ranges + "\r\n\r\n")->status, 200);
}

}  // namespace
}  // namespace doorward::http
