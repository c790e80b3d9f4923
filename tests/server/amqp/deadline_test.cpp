// Peers that take too long, wherever they stop. The limits are short, and what is waited for is the end of
// the connection.
#include "tests/server/net/certificates.hpp"
#include "tests/server/amqp/door.hpp"

#include <latch>
#include <map>

namespace doorward {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

TEST(LoginDeadline, ends_a_login_wherever_it_stands) {
  Doorway door({.limits = {.login = milliseconds(2'000), .after_outcome = minutes(5)}});
  std::map<std::string, Peer> peers;
  peers.emplace("says nothing", door.connect());
  peers.emplace("in the header", door.connect()).first->second.send("AMQ");
  peers.emplace("has the offer", door.greeted());
  peers.emplace("in a frame header", door.greeted()).first->second.send(frame_head(100, 1).substr(0, 7));
  peers.emplace("in a frame", door.greeted()).first->second.send(frame_head(16'384, 1) + "xyz");
  Peer& asked = peers.emplace("has a challenge", door.greeted()).first->second;
  asked.send(sasl_init("PLAIN", std::nullopt, "shop"));
  asked.challenge();

  for (auto& [where, peer] : peers) EXPECT_EQ(peer.read_to_end(), "") << where;
  const std::vector<LoginFact> facts = door.facts(1);
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_EQ(facts.front().reason, LoginReason::timed_out);
  EXPECT_EQ(facts.front().outcome, std::nullopt);
  door.wait_until_empty();
}

// A byte now and then does not buy time: the deadline is that of the whole login.
TEST(LoginDeadline, ends_a_peer_that_goes_on_sending_single_bytes) {
  constexpr std::uint32_t endless = 1 << 28;
  const Doorway door({.limits = {.login = milliseconds(300), .frame_bytes = endless}});
  Peer peer = door.greeted();
  peer.send(frame_head(endless, 1));
  while (peer.try_send("x")) {
  }
  door.wait_until_empty();
}

TEST(LoginDeadline, ends_a_tls_handshake) {
  const Certificates certificates;
  const Doorway door({.limits = {.login = milliseconds(500), .after_outcome = minutes(5)},
                      .listeners = {{.host = "127.0.0.1", .tls = certificates.server_context()}}});
  Peer silent = door.connect();
  Peer half = door.connect();
  half.send(bytes("16 03 01 02 00 01 00 01 fc 03 03"));
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_EQ(half.read_to_end(), "");
}

TEST(LoginDeadline, does_not_wait_for_a_store_that_hangs) {
  std::latch asked(1);
  std::latch may_answer(1);
  Doorway door({.limits = {.login = milliseconds(500)}, .started = false});
  door.users.would_wait = true;
  door.users.found = &asked;
  door.users.may_answer = &may_answer;
  door.server->start();
  Peer peer = door.greeted();
  peer.send(sasl_init("PLAIN", plain("ann", "pencil"), "shop"));
  asked.wait();
  EXPECT_EQ(peer.read_to_end(), "");
  EXPECT_EQ(door.facts(1).front().reason, LoginReason::timed_out);
  may_answer.count_down();
}

TEST(DeadlineAfterTheOutcome, ends_a_delegate_wherever_it_stands) {
  Doorway door({.limits = {.login = minutes(5), .after_outcome = milliseconds(1'500)}});
  std::map<std::string, Peer> peers;
  peers.emplace("has the outcome", door.accepted());
  peers.emplace("in the header", door.accepted()).first->second.send("AMQ");
  Peer& header = peers.emplace("has sent its header", door.accepted()).first->second;
  header.send(amqp_header);
  EXPECT_EQ(header.read(8), amqp_header);
  Peer& answered = peers.emplace("has the reply and does not close", door.accepted()).first->second;
  answered.send(std::string(amqp_header) + open_frame("router"));
  answered.reply();
  Peer& refused = peers.emplace("was refused and stays", door.greeted()).first->second;
  refused.send(sasl_init("PLAIN", plain("ann", "wrong"), "shop"));
  EXPECT_EQ(refused.outcome(), SaslCode::auth);

  for (auto& [where, peer] : peers) EXPECT_EQ(peer.read_to_end(), "") << where;
  EXPECT_EQ(door.facts(5).size(), 5u);
  door.wait_until_empty();
}

TEST(DeadlineAfterTheOutcome, ends_a_delegate_that_never_reads_a_reply_too_large_for_the_kernel) {
  UserRecord user = user_of("shop", "bob");
  for (int i = 0; i < 30'000; ++i) {
    user.authorization.push_back(
        {.addresses = {"a-rather-long-address-" + std::to_string(i)}, .operations = {.recv = true}});
  }
  const Doorway door({.limits = {.login = minutes(5), .after_outcome = milliseconds(1'000)},
                      .more_users = {std::move(user)}});
  Peer peer(door.address(), 4'096);
  peer.send(pipelined_login("shop", "bob", "pencil"));
  door.wait_until_empty();
}

TEST(DeadlineAfterTheOutcome, bounds_what_is_read_from_a_peer_that_never_closes) {
  const Doorway door(
      {.limits = {.login = minutes(5), .after_outcome = minutes(5), .discarded_bytes = 10'000}});
  Peer peer = door.accepted();
  peer.send(std::string(amqp_header) + open_frame("router"));
  peer.reply();
  while (peer.try_send(empty_frame)) {
  }
  door.wait_until_empty();
}

}  // namespace
}  // namespace doorward
