#include "server/config/address.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using ::testing::HasSubstr;

TEST(Address, takes_an_ip_address_and_a_port) {
  struct Case {
    std::string_view text, host;
    std::uint16_t port;
    bool loopback;
    std::string_view again;
  };
  const Case cases[] = {
      {"127.0.0.1:5672", "127.0.0.1", 5672, true, "127.0.0.1:5672"},
      {"127.9.9.9:1", "127.9.9.9", 1, true, "127.9.9.9:1"},
      {"localhost:0", "127.0.0.1", 0, true, "127.0.0.1:0"},
      {"0.0.0.0:65535", "0.0.0.0", 65535, false, "0.0.0.0:65535"},
      {"10.0.0.1:5671", "10.0.0.1", 5671, false, "10.0.0.1:5671"},
      {"[::1]:5672", "::1", 5672, true, "[::1]:5672"},
      {"[0:0::0001]:5672", "::1", 5672, true, "[::1]:5672"},
      {"[::]:5672", "::", 5672, false, "[::]:5672"},
  };
  for (const Case& c : cases) {
    const auto address = Address::parse(c.text);
    ASSERT_TRUE(address) << c.text;
    EXPECT_EQ(address->host, c.host);
    EXPECT_EQ(address->port, c.port);
    EXPECT_EQ(address->is_loopback(), c.loopback) << c.text;
    EXPECT_EQ(address->text(), c.again);
  }
}

TEST(Address, refuses_the_rest_and_says_what_to_write) {
  using namespace std::string_view_literals;
  struct Case {
    std::string_view text, message;
  };
  const Case cases[] = {
      {"", "no port"},
      {"127.0.0.1", "no port"},
      {"5672", "no host"},
      {"127.0.0.1:", "no valid port"},
      {"127.0.0.1:65536", "no valid port"},
      {"127.0.0.1:-1", "no valid port"},
      {"127.0.0.1:56x", "no valid port"},
      {"127.0.0.1: 5672", "no valid port"},
      {":5672", "0.0.0.0:PORT"},
      {"*:5672", "0.0.0.0:PORT"},
      {"example.com:5672", "0.0.0.0:PORT"},
      {"::1:5672", "[::1]:PORT"},
      {"[127.0.0.1]:5672", "[::1]:PORT"},
      {"[::1:5672", "[::1]:PORT"},
      {"[]:5672", "[::1]:PORT"},
      {"256.0.0.1:5672", "0.0.0.0:PORT"},
      {"127.0.0.1\0:5672"sv, "0.0.0.0:PORT"},
  };
  for (const Case& c : cases) {
    const auto address = Address::parse(c.text);
    ASSERT_FALSE(address) << c.text;
    EXPECT_THAT(address.error().message, HasSubstr(c.message)) << c.text;
  }
}

}  // namespace
}  // namespace doorward
