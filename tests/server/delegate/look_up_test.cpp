// A host's name is looked up within a deadline, whatever the resolver does.
#include "server/delegate/look_up.hpp"

#include <memory>
#include <semaphore>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::delegate {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// For what has to happen at all.
std::chrono::steady_clock::time_point patient() { return std::chrono::steady_clock::now() + 60s; }

Peer named(std::string host) { return {.host = std::move(host), .port = "5672", .tls = std::nullopt}; }

int must_not_be_asked(const char*, const char*, const addrinfo*, addrinfo**) {
  ADD_FAILURE() << "the resolver was asked";
  return EAI_FAIL;
}

TEST(LookUp, takes_an_address_as_it_is) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    const auto found = look_up(named(address), patient(), must_not_be_asked);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_NE(found->get(), nullptr);
  }
}

TEST(LookUp, gives_what_the_resolver_finds) {
  const auto found = look_up(named("some-router"), patient(),
                             [](const char* host, const char* port, const addrinfo* hints, addrinfo** list) {
                               EXPECT_STREQ(host, "some-router");
                               return getaddrinfo("127.0.0.7", port, hints, list);
                             });
  ASSERT_TRUE(found) << found.error().message;
  const auto* address = reinterpret_cast<const sockaddr_in*>((*found)->ai_addr);
  EXPECT_EQ(ntohl(address->sin_addr.s_addr), 0x7f000007u);
  EXPECT_EQ(ntohs(address->sin_port), 5672);
}

TEST(LookUp, says_what_the_resolver_says) {
  const auto found =
      look_up(named("nobody"), patient(),
              [](const char*, const char*, const addrinfo*, addrinfo**) { return EAI_NONAME; });
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message,
              HasSubstr(std::string("cannot find the host nobody: ") + gai_strerror(EAI_NONAME)));
}

TEST(LookUp, does_not_wait_longer_than_the_deadline) {
  // The thread of the resolver keeps them until it has gone, which nobody waits for.
  struct Gates {
    std::binary_semaphore let_go{0}, gone{0};
  };
  const auto gates = std::make_shared<Gates>();
  const auto found = look_up(named("slow"), std::chrono::steady_clock::now() + 20ms,
                             [gates](const char*, const char*, const addrinfo*, addrinfo**) {
                               gates->let_go.acquire();
                               gates->gone.release();
                               return EAI_AGAIN;
                             });
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr("slow was not found in time"));
  EXPECT_THAT(found.error().message, HasSubstr("--timeout"));
  gates->let_go.release();
  gates->gone.acquire();
}

}  // namespace
}  // namespace doorward::delegate
