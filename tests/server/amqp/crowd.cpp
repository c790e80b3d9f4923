// Opens as many connections as it is told to and says nothing on them, for tests that need more of them than
// one process has descriptors for at both ends.
//
//   amqp_crowd HOST:PORT COUNT greeted|silent
//
// `greeted` sends the SASL header and reads the offer on each. Writes `ready` when all stand, `ended COUNT`
// when the server has ended them all.
#include "server/amqp/wire/frame.hpp"
#include "tests/server/amqp/peer.hpp"

#include <cstdio>
#include <exception>
#include <string>
#include <sys/resource.h>
#include <vector>

int main(int argc, char** argv) {
  using doorward::Peer;
  if (argc != 4) return 2;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  try {
    const std::size_t count = std::stoul(argv[2]);
    const bool greeted = std::string(argv[3]) == "greeted";
    std::vector<Peer> peers;
    peers.reserve(count);
    while (peers.size() < count) {
      peers.emplace_back(argv[1]);
      if (!greeted) continue;
      peers.back().send(doorward::wire::sasl_header);
      peers.back().expect_offer();
    }
    std::puts("ready");
    std::fflush(stdout);
    for (Peer& peer : peers) {
      if (!peer.read_to_end().empty()) throw std::runtime_error("the server said something");
    }
    std::printf("ended %zu\n", peers.size());
    return 0;
  } catch (const std::exception& e) {
    std::printf("failed: %s\n", e.what());
    return 1;
  }
}
