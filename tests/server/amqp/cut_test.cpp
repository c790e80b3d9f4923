// A login that is cut, at every byte: by a pause, by the end of the peer's side, by a reset.
#include "tests/server/amqp/door.hpp"

#include <iterator>

namespace doorward {
namespace {

const std::string login = pipelined_login("shop", "ann", "pencil") + close_frame;

class Cuts : public testing::Test {
 protected:
  Doorway door_{{.limits = {.login = std::chrono::minutes(5), .after_outcome = std::chrono::minutes(5)}}};
};

TEST_F(Cuts, a_login_whose_writes_are_parted_at_any_byte_succeeds) {
  for (std::size_t cut = 1; cut < login.size(); ++cut) {
    Peer peer = door_.connect();
    peer.send(std::string_view(login).substr(0, cut));
    // What can be answered by then is read before the rest is sent, so that the server stands at the cut.
    if (cut >= sasl_header.size()) peer.expect_offer();
    peer.send(std::string_view(login).substr(cut));
    if (cut < sasl_header.size()) peer.expect_offer();
    EXPECT_EQ(peer.outcome(), SaslCode::ok) << cut;
    EXPECT_EQ(peer.reply().identity.value().sub, "ann") << cut;
    EXPECT_EQ(peer.read_to_end(), "") << cut;
  }
  EXPECT_EQ(door_.facts(login.size() - 1).size(), login.size() - 1);
}

TEST_F(Cuts, a_peer_that_ends_at_any_byte_gets_what_it_has_earned_and_the_end) {
  const std::size_t at_init = sasl_header.size() + sasl_init("PLAIN", plain("ann", "pencil"), "shop").size();
  for (std::size_t cut = 0; cut < login.size(); ++cut) {
    Peer peer = door_.connect();
    peer.send(std::string_view(login).substr(0, cut));
    peer.half_close();
    const std::string answers = peer.read_to_end();
    EXPECT_EQ(answers.empty(), cut < sasl_header.size()) << cut;
    const bool has_open = login.size() - cut <= close_frame.size();
    EXPECT_EQ(answers.find("authenticated-identity") != std::string::npos, has_open) << cut;
  }
  // Each that said who it is was a login, and let in.
  const std::vector<LoginFact> facts = door_.facts(login.size() - at_init);
  EXPECT_EQ(facts.size(), login.size() - at_init);
  for (const LoginFact& fact : facts) EXPECT_EQ(fact.outcome, SaslCode::ok);
  door_.wait_until_empty();
}

TEST_F(Cuts, a_peer_that_is_gone_at_any_byte_leaves_nothing_behind) {
  for (std::size_t cut = 0; cut < login.size(); ++cut) {
    Peer peer = door_.connect();
    peer.send(std::string_view(login).substr(0, cut));
    peer.reset();
  }
  door_.wait_until_empty();
  Peer peer = door_.connect();
  EXPECT_EQ(log_in(peer).identity.value().sub, "ann");
}

// Gone not while it sends, but where it has read so much of the conversation.
TEST_F(Cuts, a_peer_that_vanishes_after_any_step_is_reported_once) {
  {
    Peer peer = door_.greeted();
    peer.reset();
  }
  {
    Peer peer = door_.greeted();
    peer.send(sasl_init("PLAIN", std::nullopt, "shop"));
    peer.challenge();
    peer.reset();
  }
  EXPECT_EQ(door_.facts(1).back().reason, LoginReason::peer_gone);
  EXPECT_EQ(door_.facts(1).back().outcome, std::nullopt);
  door_.accepted().reset();
  EXPECT_EQ(door_.facts(2).back().outcome, SaslCode::ok);
  {
    Peer peer = door_.accepted();
    peer.send(std::string(amqp_header) + open_frame("router"));
    peer.reply();
    peer.reset();
  }
  EXPECT_EQ(door_.facts(3).back().container_id, "router");
  door_.wait_until_empty();
  EXPECT_EQ(door_.fact_count(), 3u);
}

}  // namespace
}  // namespace doorward
