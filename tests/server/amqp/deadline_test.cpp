// Peers that take too long, wherever they stop. What is waited for is the end of the connection; what must
// come before it gets as much time as it needs.
#include "tests/server/amqp/door.hpp"
#include "tests/server/net/certificates.hpp"

#include <latch>
#include <list>
#include <map>
#include <memory>
#include <thread>

namespace doorward {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

struct LetGo {
  void operator()(std::latch* latch) const { latch->count_down(); }
};

struct Scene {
  std::unique_ptr<Doorway> door;
  std::map<std::string, Peer> peers = {};
  // What a store that hangs waits for: let go before the door goes, which waits for the store.
  std::unique_ptr<std::latch, LetGo> hanging = nullptr;
};

// A scene that was set within half of the limit that `set` got for it. A machine under load may need more
// than one attempt, and gets a longer limit for each.
template <class Set>
Scene in_time(Set set) {
  for (milliseconds limit(400);; limit *= 3) {
    const auto began = std::chrono::steady_clock::now();
    try {
      Scene scene = set(limit);
      if (std::chrono::steady_clock::now() - began < limit / 2) return scene;
    } catch (const std::runtime_error&) {
      if (limit > minutes(1)) throw;
    }
  }
}

TEST(LoginDeadline, ends_a_login_wherever_it_stands) {
  Scene scene = in_time([](milliseconds limit) {
    Scene set{std::make_unique<Doorway>(Doorway::Options{.limits = {.login = limit}})};
    Doorway& door = *set.door;
    set.peers.emplace("says nothing", door.connect());
    set.peers.emplace("in the header", door.connect()).first->second.send("AMQ");
    set.peers.emplace("has the offer", door.greeted());
    set.peers.emplace("in a frame header", door.greeted())
        .first->second.send(frame_head(100, 1).substr(0, 7));
    set.peers.emplace("in a frame", door.greeted()).first->second.send(frame_head(16'384, 1) + "xyz");
    Peer& asked = set.peers.emplace("has a challenge", door.greeted()).first->second;
    asked.send(sasl_init("PLAIN", std::nullopt, "shop"));
    asked.challenge();
    return set;
  });
  for (auto& [where, peer] : scene.peers) EXPECT_EQ(peer.read_to_end(), "") << where;
  const std::vector<LoginFact> facts = scene.door->facts(1);
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_EQ(facts.front().reason, LoginReason::timed_out);
  EXPECT_EQ(facts.front().outcome, std::nullopt);
  scene.door->wait_until_empty();
}

// A byte now and then does not buy time: the deadline is that of the whole login.
TEST(LoginDeadline, ends_a_peer_that_goes_on_sending_single_bytes) {
  Scene scene = in_time([](milliseconds limit) {
    constexpr std::uint32_t endless = 1 << 28;
    Scene set{
        std::make_unique<Doorway>(Doorway::Options{.limits = {.login = limit, .frame_bytes = endless}})};
    set.peers.emplace("slow", set.door->greeted()).first->second.send(frame_head(endless, 1));
    return set;
  });
  while (scene.peers.at("slow").try_send("x")) {
  }
  scene.door->wait_until_empty();
}

TEST(LoginDeadline, ends_a_tls_handshake) {
  const Certificates certificates;
  Scene scene = in_time([&](milliseconds limit) {
    Scene set{std::make_unique<Doorway>(
        Doorway::Options{.limits = {.login = limit},
                         .listeners = {{.host = "127.0.0.1", .tls = certificates.server_context()}}})};
    set.peers.emplace("silent", set.door->connect());
    set.peers.emplace("half", set.door->connect())
        .first->second.send(bytes("16 03 01 02 00 01 00 01 fc 03 03"));
    return set;
  });
  for (auto& [where, peer] : scene.peers) EXPECT_EQ(peer.read_to_end(), "") << where;
}

// The delegate waits for us, and a connection that is cut would look to it as if the client were refused.
TEST(LoginDeadline, tells_whoever_waits_for_a_store_that_hangs_to_come_again) {
  std::list<std::latch> latches;  // one for each attempt
  Scene scene = in_time([&](milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    Scene set{std::make_unique<Doorway>(Doorway::Options{.limits = {.login = limit}, .started = false})};
    set.hanging.reset(&latches.emplace_back(1));
    UsersInMemory& users = set.door->users;
    users.would_wait = true;
    users.may_answer = set.hanging.get();
    set.door->server->start();
    set.peers.emplace("asked", set.door->greeted())
        .first->second.send(sasl_init("PLAIN", plain("ann", "pencil"), "shop"));
    while (users.finds == 0) {
      if (std::chrono::steady_clock::now() > end) throw std::runtime_error("the store was not asked in time");
      std::this_thread::yield();
    }
    return set;
  });
  EXPECT_EQ(scene.peers.at("asked").outcome(), SaslCode::sys_temp);
  EXPECT_EQ(scene.peers.at("asked").read_to_end(), "");
  const LoginFact told = scene.door->facts(1).front();
  EXPECT_EQ(told.reason, LoginReason::timed_out);
  EXPECT_EQ(told.outcome, SaslCode::sys_temp);
}

TEST(DeadlineAfterTheOutcome, ends_a_delegate_wherever_it_stands) {
  Scene scene = in_time([](milliseconds limit) {
    Scene set{std::make_unique<Doorway>(Doorway::Options{.limits = {.after_outcome = limit}})};
    Doorway& door = *set.door;
    set.peers.emplace("has the outcome", door.accepted());
    set.peers.emplace("in the header", door.accepted()).first->second.send("AMQ");
    Peer& header = set.peers.emplace("has sent its header", door.accepted()).first->second;
    header.send(amqp_header);
    header.read(8);
    Peer& answered = set.peers.emplace("has the reply and does not close", door.accepted()).first->second;
    answered.send(std::string(amqp_header) + open_frame("router"));
    answered.reply();
    Peer& refused = set.peers.emplace("was refused and stays", door.greeted()).first->second;
    refused.send(sasl_init("PLAIN", plain("ann", "wrong"), "shop"));
    if (refused.outcome() != SaslCode::auth) throw std::logic_error("let in with a wrong password");
    return set;
  });
  for (auto& [where, peer] : scene.peers) EXPECT_EQ(peer.read_to_end(), "") << where;
  EXPECT_EQ(scene.door->facts(5).size(), 5u);
  scene.door->wait_until_empty();
}

TEST(DeadlineAfterTheOutcome, ends_a_delegate_that_never_reads_a_reply_too_large_for_the_kernel) {
  UserRecord user = user_of("shop", "bob");
  for (int i = 0; i < 30'000; ++i) {
    user.authorization.push_back(
        {.addresses = {"a-rather-long-address-" + std::to_string(i)}, .operations = {.recv = true}});
  }
  const Doorway door({.limits = {.after_outcome = milliseconds(1'000)}, .more_users = {std::move(user)}});
  Peer peer(door.address(), 4'096);
  peer.send(pipelined_login("shop", "bob", "pencil"));
  door.wait_until_empty();
}

TEST(DeadlineAfterTheOutcome, bounds_what_is_read_from_a_peer_that_never_closes) {
  const Doorway door({.limits = {.discarded_bytes = 10'000}});
  Peer peer = door.accepted();
  peer.send(std::string(amqp_header) + open_frame("router"));
  peer.reply();
  while (peer.try_send(empty_frame)) {
  }
  door.wait_until_empty();
}

}  // namespace
}  // namespace doorward
