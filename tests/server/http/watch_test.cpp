// Watches: piece by piece, apart from requests, and ended by whoever goes first.
#include "tests/server/http/door.hpp"

#include <vector>

#include <gmock/gmock.h>

namespace doorward::http {
namespace {

using testing::HasSubstr;

class WatchTest : public Door {
 protected:
  Client watcher() {
    Client watching = client();
    watching.send("GET /watch HTTP/1.1\r\n\r\n");
    EXPECT_THAT(watching.until("\r\n\r\n").value_or(""), HasSubstr("Transfer-Encoding: chunked"));
    return watching;
  }
  // What a third watch is answered, beside two.
  std::string refusal_after_two() {
    Client first = watcher(), second = watcher();
    const auto refused = ask("GET /watch HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(refused);
    if (!refused) return {};
    EXPECT_EQ(refused->status, 429);
    EXPECT_EQ(refused->headers.at("Retry-After"), "1");
    EXPECT_THAT(refused->body, HasSubstr("TooManyRequests"));
    return refused->body;
  }
};

TEST_F(WatchTest, sends_each_piece_when_it_is_there) {
  Client watching = watcher();
  tap->pour("{\"type\":\"ADDED\"}\n");
  EXPECT_THAT(watching.until("}\n").value_or(""), HasSubstr("ADDED"));
  tap->pour("{\"type\":\"DELETED\"}\n");
  EXPECT_THAT(watching.until("}\n").value_or(""), HasSubstr("DELETED"));
}

TEST_F(WatchTest, ends_with_its_stream_and_the_connection_goes_on) {
  Client watching = watcher();
  tap->stop();
  EXPECT_TRUE(watching.until("0\r\n\r\n"));
  watching.send("GET /a HTTP/1.1\r\n\r\n");
  EXPECT_EQ(watching.answer()->status, 200);
}

TEST_F(WatchTest, ends_cleanly_when_the_server_does) {
  Client watching = watcher();
  server->stop(std::chrono::minutes(1));
  EXPECT_TRUE(watching.until("0\r\n\r\n"));
}

TEST_F(WatchTest, notices_a_client_that_vanished) {
  Client watching = watcher();
  watching.vanish();
  tap->wait_for_stop();
}

TEST_F(WatchTest, beyond_the_bound_says_when_to_come_again) {
  limits.watches = 2;
  EXPECT_THAT(refusal_after_two(), HasSubstr("too many watches at once: try again later"));
}

TEST_F(WatchTest, beyond_the_bound_of_its_caller_says_what_to_do) {
  limits.watches_of_caller = 2;
  EXPECT_THAT(refusal_after_two(), HasSubstr("you have 2 watches, as many as one caller may have at once"));
}

TEST_F(WatchTest, never_takes_a_place_from_requests) {
  limits.connections = 2;
  limits.watches = 20;
  std::vector<Client> watching;
  for (int i = 0; i < 20; ++i) watching.push_back(watcher());
  Client one = client(), other = client();
  one.send("GET /a HTTP/1.1\r\n\r\n");
  other.send("GET /b HTTP/1.1\r\n\r\n");
  EXPECT_EQ(one.answer()->status, 200);
  EXPECT_EQ(other.answer()->status, 200);
  tap->pour("x");  // nobody was turned out: each piece still finds a watcher
  tap->stop();
  for (Client& each : watching) EXPECT_TRUE(each.until("0\r\n\r\n"));
}

}  // namespace
}  // namespace doorward::http
