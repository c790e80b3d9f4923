// Addresses, and what happens where connections or descriptors run out.
#include "tests/server/amqp/door.hpp"

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gmock/gmock.h>

namespace doorward {
namespace {

using testing::HasSubstr;

std::uint16_t port_of(const std::string& address) {
  return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

class Addresses : public testing::TestWithParam<const char*> {};

TEST_P(Addresses, are_bound_and_named_with_the_port_that_the_kernel_chose) {
  const Doorway door({.listeners = {{.host = GetParam()}}});
  ASSERT_FALSE(door.server->bound().empty());
  for (const AmqpServer::Bound& bound : door.server->bound()) {
    EXPECT_NE(port_of(bound.address), 0);
    EXPECT_EQ(port_of(bound.address), port_of(door.address()));
    EXPECT_FALSE(bound.tls);
    Peer peer(bound.address);
    EXPECT_EQ(log_in(peer).identity.value().sub, "ann");
  }
}

INSTANTIATE_TEST_SUITE_P(Hosts, Addresses, testing::Values("127.0.0.1", "localhost", "::1"),
                         [](const auto& info) {
                           const std::string host = info.param;
                           return host == "::1" ? "IPv6" : host == "localhost" ? "localhost" : "IPv4";
                         });

TEST(Addresses, several_are_served_at_once) {
  const Doorway door({.listeners = {{.host = "127.0.0.1"}, {.host = "127.0.0.1", .realm = "open"}}});
  ASSERT_EQ(door.server->bound().size(), 2u);
  Peer first(door.address(0));
  EXPECT_EQ(log_in(first).identity.value().sub, "ann");
  Peer second(door.address(1));
  EXPECT_EQ(log_in(second, "").identity.value().groups, std::vector<std::string>{"manage"});
}

std::string refusal_to_listen(const std::string& host, std::uint16_t port) {
  const auto listening = listen_on(host, port, 2, 16);
  return listening ? "" : listening.error().message;
}

TEST(Addresses, a_second_doorward_on_the_port_is_refused) {
  const Doorway door;
  EXPECT_THAT(refusal_to_listen("127.0.0.1", port_of(door.address())),
              HasSubstr("cannot listen on " + door.address() + ": another process listens there"));
  // The first has all connections as before.
  for (int i = 0; i < 20; ++i) door.greeted();
}

TEST(Addresses, a_port_that_another_program_listens_on_is_refused) {
  SocketAddress address;
  auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.size = sizeof v4;
  const Descriptor other(::socket(AF_INET, SOCK_STREAM, 0));
  ASSERT_EQ(::bind(other.get(), address.get(), address.size), 0);
  ASSERT_EQ(::listen(other.get(), 1), 0);
  ASSERT_EQ(::getsockname(other.get(), address.get(), &address.size), 0);
  EXPECT_THAT(refusal_to_listen("127.0.0.1", address.port()), HasSubstr("another process listens there"));
}

TEST(Addresses, a_port_is_free_again_as_soon_as_the_server_has_ended) {
  std::uint16_t port = 0;
  {
    const Doorway door;
    port = port_of(door.address());
    Peer peer = door.connect();
    log_in(peer);
  }
  const Doorway again({.listeners = {{.host = "127.0.0.1", .port = port}}});
  Peer peer = again.connect();
  EXPECT_EQ(log_in(peer).identity.value().sub, "ann");
}

TEST(Addresses, that_are_not_of_this_machine_are_refused) {
  EXPECT_THAT(refusal_to_listen("192.0.2.1", 0), HasSubstr("this machine has no such address"));
}

TEST(Addresses, a_name_that_nobody_knows_is_refused) {
  EXPECT_THAT(refusal_to_listen("no such name", 0), HasSubstr("give an IP address"));
}

TEST(Addresses, read_as_people_write_them) {
  SocketAddress v6;
  auto& in6 = reinterpret_cast<sockaddr_in6&>(v6.storage);
  in6.sin6_family = AF_INET6;
  in6.sin6_addr = in6addr_loopback;
  v6.set_port(5672);
  EXPECT_EQ(v6.text(), "[::1]:5672");
  in6.sin6_addr.s6_addr[10] = in6.sin6_addr.s6_addr[11] = 0xff;
  in6.sin6_addr.s6_addr[12] = 127;
  EXPECT_EQ(v6.text(), "127.0.0.1:5672");
}

// A peer of the same loop that is answered shows that the loop has turned.
void turn(Peer& greeted) {
  greeted.send(sasl_init("PLAIN", std::nullopt, "shop"));
  greeted.challenge();
}

TEST(ConnectionBound, leaves_the_newest_in_the_backlog_until_a_slot_is_free) {
  LogCapture log;
  {
    const Doorway door({.limits = {.login = std::chrono::minutes(5), .connections = 3}, .loops = 1});
    Peer first = door.greeted();
    Peer second = door.greeted();
    Peer third = door.greeted();
    Peer waiting = door.connect();
    waiting.send(sasl_header);
    turn(second);
    turn(third);
    EXPECT_EQ(door.server->connections(), 3u);
    first.reset();
    waiting.expect_offer();
    EXPECT_EQ(door.server->connections(), 3u);
  }
  EXPECT_THAT(log.lines(), HasSubstr("new connections wait"));
}

TEST(ConnectionBound, is_one_for_all_loops) {
  const Doorway door({.limits = {.login = std::chrono::minutes(5), .connections = 5}, .loops = 4});
  std::vector<Peer> peers;
  std::vector<pollfd> unserved;
  for (int i = 0; i < 40; ++i) {
    peers.push_back(door.connect());
    peers.back().send(sasl_header);
    unserved.push_back({peers.back().descriptor(), POLLIN, 0});
  }
  // Whoever is served makes way, so that everybody is in the end, though never more than five at once.
  for (std::size_t served = 0; served < peers.size();) {
    ASSERT_GT(::poll(unserved.data(), unserved.size(), 60'000), 0);
    EXPECT_LE(door.server->connections(), 5u);
    for (std::size_t i = 0; i < peers.size(); ++i) {
      if (unserved[i].fd < 0 || (unserved[i].revents & POLLIN) == 0) continue;
      peers[i].expect_offer();
      peers[i].reset();
      unserved[i].fd = -1;
      ++served;
    }
  }
}

// Sets how many descriptors the process may have, and back.
class DescriptorLimit {
 public:
  DescriptorLimit() { ::getrlimit(RLIMIT_NOFILE, &before_); }
  ~DescriptorLimit() { restore(); }
  void set(int count) const {
    rlimit limit = before_;
    limit.rlim_cur = static_cast<rlim_t>(count);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  void restore() const { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST(Descriptors, where_they_run_out_new_connections_wait_and_the_others_go_on) {
  LogCapture log;
  {
    const Doorway door({.limits = {.login = std::chrono::minutes(5)}, .loops = 1});
    Peer first = door.greeted();
    Peer second = door.greeted();
    const DescriptorLimit limit;
    // One is left, for the peer; none for the server's end.
    const int next = Descriptor(::dup(first.descriptor())).get();
    limit.set(next + 1);
    Peer waiting = door.connect();
    waiting.send(sasl_header);
    turn(first);
    turn(second);
    limit.restore();
    waiting.expect_offer();
  }
  EXPECT_THAT(log.lines(), HasSubstr("Too many open files"));
}

}  // namespace
}  // namespace doorward
