#include "server/delegate/peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::delegate {
namespace {

TEST(Peer, IsReadFromHostAndPort) {
  const struct {
    std::string text, host, port;
  } cases[] = {
      {"localhost:5672", "localhost", "5672"},
      {"127.0.0.1:1", "127.0.0.1", "1"},
      {"[::1]:65535", "::1", "65535"},
      {"auth.example.org:05672", "auth.example.org", "05672"},
  };
  for (const auto& c : cases) {
    const Result<Peer> peer = Peer::parse(c.text);
    ASSERT_TRUE(peer) << c.text << ": " << peer.error().message;
    EXPECT_EQ(peer->host, c.host);
    EXPECT_EQ(peer->port, c.port);
    EXPECT_EQ(peer->text(), c.text);
  }
}

TEST(Peer, ThatIsNoHostAndPortIsRefused) {
  for (const std::string text :
       {"", "localhost", ":5672", "localhost:", "localhost:amqp", "localhost:65536", "localhost:-1",
        "localhost:123456", "::1:5672", "[]:5672", "amqp://localhost:5672"}) {
    const Result<Peer> peer = Peer::parse(text);
    ASSERT_FALSE(peer) << text;
    EXPECT_THAT(peer.error().message, testing::HasSubstr("is not HOST:PORT")) << text;
  }
}

}  // namespace
}  // namespace doorward::delegate
