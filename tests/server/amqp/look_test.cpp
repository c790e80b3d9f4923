// What a loop finds when it looks at its sessions: peers that are gone, and peers that keep others out.
#include "tests/server/amqp/door.hpp"
#include "tests/server/net/certificates.hpp"

#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace doorward {
namespace {

using std::chrono::milliseconds;

// One loop that looks all the time, and a store that answers nobody before it is let go.
class Look : public testing::Test {
 protected:
  explicit Look(AmqpLimits limits = {}, std::shared_ptr<TlsContext> tls = nullptr) {
    limits.look = milliseconds(1);
    door_ = std::make_unique<Doorway>(
        Doorway::Options{.limits = limits,
                         .loops = 1,
                         .listeners = {{.host = "127.0.0.1", .tls = std::move(tls)}},
                         .started = false});
    door_->users.would_wait = true;
    door_->users.may_answer = &may_answer_;
    door_->users.found = &asked_;
    door_->server->start();
  }
  ~Look() override {
    if (!may_answer_.try_wait()) may_answer_.count_down();
  }

  // Has begun a login that waits for the store.
  void ask(Peer& peer) const {
    peer.send(sasl_header);
    peer.expect_offer();
    peer.send(sasl_init("PLAIN", plain("ann", "pencil"), "shop"));
  }

  std::latch may_answer_{1};
  std::latch asked_{1};
  std::unique_ptr<Doorway> door_;  // goes before what its store waits for
};

enum class End : std::uint8_t { crash, order };

class WhoIsGone : public Look, public testing::WithParamInterface<std::pair<bool, End>> {
 protected:
  WhoIsGone() : Look({}, GetParam().first ? certificates().server_context() : nullptr) {}

  static const Certificates& certificates() {
    static const Certificates all;
    return all;
  }
};

TEST_P(WhoIsGone, is_served_no_longer) {
  const auto [tls, end] = GetParam();
  Peer peer = door_->connect();
  const auto client = certificates().client();
  if (tls) ASSERT_TRUE(peer.secure(client.get()));
  ask(peer);
  asked_.wait();
  if (end == End::crash) {
    peer.reset();
  } else {
    peer.half_close();
  }
  const LoginFact told = door_->facts(1).front();
  EXPECT_EQ(told.reason, LoginReason::peer_gone);
  EXPECT_EQ(told.outcome, std::nullopt);
  door_->wait_until_empty();
}

INSTANTIATE_TEST_SUITE_P(Ends, WhoIsGone,
                         testing::Values(std::pair(false, End::crash), std::pair(false, End::order),
                                         std::pair(true, End::crash), std::pair(true, End::order)),
                         [](const auto& ends) {
                           return std::string(ends.param.first ? "tls_" : "plain_") +
                                  (ends.param.second == End::crash ? "crash" : "in_order");
                         });

TEST_F(Look, leaves_whoever_has_said_all_and_waits_for_the_answer) {
  Peer peer = door_->connect();
  peer.send(pipelined_login("shop", "ann", "pencil"));
  peer.half_close();
  asked_.wait();
  // Has been looked at meanwhile, as the end of another shows.
  Peer gone = door_->connect();
  ask(gone);
  gone.reset();
  EXPECT_EQ(door_->facts(1).front().reason, LoginReason::peer_gone);
  may_answer_.count_down();
  EXPECT_THAT(peer.read_to_end(), testing::HasSubstr("authenticated-identity"));
}

class Crowded : public Look {
 protected:
  Crowded() : Look({.slow_peer = milliseconds(0), .connections = 3}) {}

  // Somebody gets in, as there is room: who comes while it is still crowded may be too slow, too.
  void expect_room() const {
    for (;;) {
      try {
        Peer peer = door_->connect();
        peer.send(sasl_header);
        return peer.expect_offer();
      } catch (const std::runtime_error&) {
      }
    }
  }
};

TEST_F(Crowded, turns_out_whom_it_waits_for_and_nobody_who_waits_for_it) {
  Peer asked = door_->connect();
  ask(asked);
  asked_.wait();
  Peer silent = door_->connect();
  Peer slow = door_->connect();
  slow.send(std::string(sasl_header) + frame_head(100, 1).substr(0, 7));
  expect_room();
  may_answer_.count_down();
  EXPECT_EQ(asked.outcome(), SaslCode::ok);
}

TEST_F(Crowded, turns_out_whoever_stops_in_the_middle_of_a_login) {
  std::vector<Peer> peers;
  for (int i = 0; i < 3; ++i) {
    peers.emplace_back(door_->connect())
        .send(std::string(sasl_header) + sasl_init("PLAIN", std::nullopt, "shop"));
  }
  expect_room();
  EXPECT_EQ(door_->facts(1).front().reason, LoginReason::timed_out);
}

// A bucket pays for one wrong answer and, while the test runs, for no other. Where nobody may owe one, the
// next login waits for its turn, else it is verified, and what is said of a wrong one waits.
class HeldLogins : public testing::TestWithParam<std::size_t> {
 protected:
  void open(milliseconds slow_peer, std::size_t connections) {
    door_ = std::make_unique<Doorway>(Doorway::Options{
        .limits = {.look = milliseconds(1), .slow_peer = slow_peer, .connections = connections},
        .loops = 1,
        .guesses = {.bucket = 1,
                    .refill = std::chrono::hours(1),
                    .owed = GetParam(),
                    .turn = std::chrono::hours(1),
                    .memory = std::chrono::hours(24)}});
    Peer told = log_in_with("guess");
    EXPECT_EQ(told.outcome(), SaslCode::auth);
    told.reset();
    door_->wait_until_empty();
  }
  Peer log_in_with(std::string_view password) const {
    Peer peer = door_->greeted();
    peer.send(sasl_init("PLAIN", plain("ann", password), "shop"));
    return peer;
  }
  // Takes a slot, and is left alone there: it has been told that this is no login, and does not go.
  Peer crowd() const {
    for (;;) {
      try {
        Peer rude = door_->connect();
        rude.send("no login");
        if (rude.read_to_end() == sasl_header) return rude;
      } catch (const std::runtime_error&) {  // turned out, as it was slow to say that
      }
    }
  }

  std::unique_ptr<Doorway> door_;
};

TEST_P(HeldLogins, are_told_to_come_again_where_they_keep_others_out) {
  open(milliseconds(0), 2);
  Peer held = log_in_with("another guess");
  const Peer last = crowd();
  EXPECT_EQ(held.outcome(), SaslCode::sys_temp);
  // Nor is it waited for until it has gone.
  door_->wait_until_connections([](std::size_t count) { return count == 1; });
  const LoginFact fact = door_->facts(2).back();
  EXPECT_EQ(fact.outcome, SaslCode::sys_temp);
  EXPECT_EQ(fact.held_by, HeldBy::guesses);
}

TEST_P(HeldLogins, have_their_time_before_that) {
  open(std::chrono::hours(1), 3);
  Peer held = log_in_with("another guess");
  Peer gone = log_in_with("a third");
  const Peer last = crowd();
  gone.reset();
  // The look that finds that has looked at the first of them before.
  EXPECT_EQ(door_->facts(2).back().reason, LoginReason::peer_gone);
  held.reset();
  EXPECT_EQ(door_->facts(3).back().reason, LoginReason::peer_gone);
}

INSTANTIATE_TEST_SUITE_P(Owed, HeldLogins, testing::Values(0u, 1u));

TEST_F(Crowded, lets_them_take_their_time_while_there_is_room) {
  Peer silent = door_->connect();
  Peer gone = door_->connect();
  ask(gone);
  asked_.wait();
  gone.reset();
  EXPECT_EQ(door_->facts(1).front().reason, LoginReason::peer_gone);
  silent.send(sasl_header);
  silent.expect_offer();
}

}  // namespace
}  // namespace doorward
