// What a delegate gets that does everything right, in each of the ways that are right.
#include "tests/server/amqp/door.hpp"

#include <gmock/gmock.h>

namespace doorward {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

// The client's side of SCRAM-SHA-256 up to its final message; the caller answers server-final.
std::string scram_final(const std::string& server_first) {
  const std::string bare = "n=ann,r=clientnonce";
  const std::size_t salt_at = server_first.find(",s=") + 3;
  const std::size_t count_at = server_first.find(",i=") + 3;
  const ScramCredential asked{
      .hash = ScramHash::sha256,
      .salt = base64_decode(server_first.substr(salt_at, count_at - 3 - salt_at)).value(),
      .iterations = static_cast<std::uint32_t>(std::stoul(server_first.substr(count_at))),
      .keys = {}};
  const std::string without_proof = "c=biws," + server_first.substr(0, salt_at - 3);
  return without_proof +
         ",p=" + client_proof("pencil", asked, bare + ',' + server_first + ',' + without_proof);
}

TEST(Conversation, offers_the_union_of_the_services_strongest_first) {
  const Doorway door;
  Peer peer = door.connect();
  peer.send(sasl_header);
  EXPECT_EQ(peer.read(8), sasl_header);
  int type = 0;
  const std::string body = peer.read_frame(type);
  const auto offered = wire::parse_sasl_mechanisms(body);
  ASSERT_TRUE(offered);
  ASSERT_FALSE(offered->mechanisms.empty());
  EXPECT_EQ(offered->mechanisms.front(), "SCRAM-SHA-512");
  EXPECT_THAT(offered->mechanisms, testing::IsSupersetOf({"SCRAM-SHA-256", "PLAIN", "ANONYMOUS"}));
}

TEST(Conversation, lets_a_user_in_with_plain_and_says_who_it_is_and_what_it_may_do) {
  Doorway door;
  Peer peer = door.connect();
  const Peer::Reply reply = log_in(peer);
  ASSERT_TRUE(reply.identity);
  EXPECT_EQ(reply.identity->sub, "ann");
  EXPECT_EQ(reply.identity->preferred_username, "ann");
  EXPECT_THAT(reply.identity->groups, IsEmpty());
  EXPECT_TRUE(reply.identity->offers_address_authz);
  ASSERT_TRUE(reply.identity->address_authz);
  EXPECT_THAT(*reply.identity->address_authz, ElementsAre(Pair("orders", ElementsAre("send"))));
  EXPECT_EQ(reply.close.condition, "");
  EXPECT_EQ(peer.read_to_end(), "");

  const LoginFact fact = door.facts(1).front();
  EXPECT_EQ(fact.outcome, SaslCode::ok);
  EXPECT_EQ(fact.username, "ann");
  EXPECT_EQ(fact.container_id, "router");
  EXPECT_THAT(fact.peer, HasSubstr("127.0.0.1:"));
}

TEST(Conversation, sends_the_server_final_of_scram_as_a_challenge_before_the_outcome) {
  const Doorway door;
  Peer peer = door.greeted();
  peer.send(sasl_init("SCRAM-SHA-256", "n,,n=ann,r=clientnonce", "shop"));
  peer.send(sasl_response(scram_final(peer.challenge())));
  EXPECT_EQ(peer.challenge().substr(0, 2), "v=");
  peer.send(sasl_response(""));
  EXPECT_EQ(peer.outcome(), SaslCode::ok);
  peer.send(std::string(amqp_header) + open_frame("router"));
  EXPECT_EQ(peer.reply().identity.value().sub, "ann");
  peer.send(close_frame);
  EXPECT_EQ(peer.read_to_end(), "");
}

TEST(Conversation, asks_a_client_without_an_initial_response_for_it) {
  const Doorway door;
  Peer peer = door.greeted();
  peer.send(sasl_init("PLAIN", std::nullopt, "shop"));
  EXPECT_EQ(peer.challenge(), "");
  peer.send(sasl_response(plain("ann", "pencil")));
  EXPECT_EQ(peer.outcome(), SaslCode::ok);
}

TEST(Conversation, gives_full_access_without_limits_in_a_realm_of_a_none_service) {
  const Doorway door;
  Peer peer = door.greeted();
  peer.send(sasl_init("ANONYMOUS", "", "open"));
  ASSERT_EQ(peer.outcome(), SaslCode::ok);
  peer.send(std::string(amqp_header) + open_frame("router"));
  const Peer::Reply reply = peer.reply();
  EXPECT_EQ(reply.identity.value().sub, "anonymous");
  EXPECT_THAT(reply.identity->groups, ElementsAre("manage"));
  EXPECT_FALSE(reply.identity->offers_address_authz);
  EXPECT_FALSE(reply.identity->address_authz);
}

TEST(Conversation, leaves_the_addresses_out_for_a_peer_that_did_not_ask_for_them) {
  const Doorway door;
  Peer peer = door.accepted();
  peer.send(std::string(amqp_header) + open_frame("broker", std::nullopt, false));
  const Peer::Reply reply = peer.reply();
  EXPECT_EQ(reply.identity.value().sub, "ann");
  EXPECT_FALSE(reply.identity->offers_address_authz);
  EXPECT_FALSE(reply.identity->address_authz);
}

TEST(Conversation, answers_a_whole_login_in_one_write) {
  const Doorway door;
  Peer peer = door.connect();
  peer.send(pipelined_login("shop", "ann", "pencil") + close_frame);
  peer.expect_offer();
  EXPECT_EQ(peer.outcome(), SaslCode::ok);
  EXPECT_EQ(peer.reply().identity.value().sub, "ann");
  EXPECT_EQ(peer.read_to_end(), "");
}

TEST(Conversation, answers_a_peer_that_has_ended_its_side_already) {
  const Doorway door;
  Peer peer = door.connect();
  peer.send(pipelined_login("shop", "ann", "pencil") + close_frame);
  peer.half_close();
  peer.expect_offer();
  EXPECT_EQ(peer.outcome(), SaslCode::ok);
  EXPECT_EQ(peer.reply().identity.value().sub, "ann");
  EXPECT_EQ(peer.read_to_end(), "");
}

TEST(Conversation, answers_a_login_that_comes_one_byte_at_a_time) {
  const Doorway door;
  Peer peer = door.connect();
  for (const char byte : pipelined_login("shop", "ann", "pencil") + close_frame) peer.send({&byte, 1});
  peer.expect_offer();
  EXPECT_EQ(peer.outcome(), SaslCode::ok);
  EXPECT_EQ(peer.reply().identity.value().sub, "ann");
  EXPECT_EQ(peer.read_to_end(), "");
}

TEST(Conversation, answers_the_amqp_header_of_a_peer_that_waits_for_ours_before_its_open) {
  const Doorway door;
  Peer peer = door.accepted();
  peer.send(amqp_header);
  EXPECT_EQ(peer.read(8), amqp_header);
  peer.send(open_frame("router"));
  int type = 1;
  EXPECT_TRUE(wire::parse_open_reply(peer.read_frame(type)));
}

TEST(Conversation, discards_what_was_pipelined_behind_a_login_that_is_refused) {
  Doorway door;
  Peer peer = door.connect();
  peer.send(pipelined_login("shop", "ann", "pencil case"));
  peer.expect_offer();
  EXPECT_EQ(peer.outcome(), SaslCode::auth);
  EXPECT_EQ(peer.read_to_end(), "");
  const LoginFact fact = door.facts(1).front();
  EXPECT_EQ(fact.outcome, SaslCode::auth);
  EXPECT_EQ(fact.reason, LoginReason::wrong_password);
  EXPECT_EQ(fact.container_id, "");
}

TEST(Conversation, does_not_lose_the_outcome_of_a_peer_that_goes_on_sending) {
  const Doorway door;
  Peer peer = door.greeted();
  peer.send(sasl_init("PLAIN", plain("ann", "wrong"), "shop") + std::string(10'000, 'x'));
  EXPECT_EQ(peer.outcome(), SaslCode::auth);
  EXPECT_EQ(peer.read_to_end(), "");
}

TEST(Conversation, passes_over_heartbeats_and_other_frames_until_the_peer_closes) {
  const Doorway door;
  Peer peer = door.accepted();
  peer.send(std::string(amqp_header) + open_frame("router"));
  peer.reply();
  peer.send(empty_frame + frame(0, performative(0x11, 0, ""), 7) + empty_frame + close_frame);
  EXPECT_EQ(peer.read_to_end(), "");
}

TEST(Conversation, takes_the_realm_of_the_listener_where_the_client_names_none) {
  const Doorway door({.listeners = {{.host = "127.0.0.1", .realm = "shop"}}});
  Peer peer = door.connect();
  EXPECT_EQ(log_in(peer, "").identity.value().sub, "ann");
}

TEST(Conversation, refuses_the_realms_that_a_listener_does_not_stand_for_as_a_wrong_password) {
  const Doorway door({.listeners = {{.host = "127.0.0.1", .realm = "shop"},
                                    {.host = "127.0.0.1", .service = ObjectRef{"infra", "standard"}}}});
  for (const std::size_t listener : {0, 1}) {
    Peer welcome(door.address(listener));
    EXPECT_EQ(log_in(welcome).identity.value().sub, "ann");
    Peer stranger(door.address(listener));
    stranger.send(sasl_header);
    stranger.expect_offer();
    stranger.send(sasl_init("PLAIN", plain("ann", "pencil"), "open"));
    EXPECT_EQ(stranger.outcome(), SaslCode::auth);
  }
}

TEST(Conversation, offers_what_the_service_of_the_listener_can_do) {
  const Doorway door(
      {.listeners = {
           {.host = "127.0.0.1", .plain_allowed = false, .service = ObjectRef{"infra", "standard"}}}});
  Peer peer = door.connect();
  peer.send(sasl_header);
  EXPECT_EQ(peer.read(8), sasl_header);
  int type = 0;
  const std::string body = peer.read_frame(type);
  EXPECT_THAT(wire::parse_sasl_mechanisms(body).value().mechanisms,
              ElementsAre("SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1"));
}

TEST(Conversation, a_reply_larger_than_the_buffers_of_the_kernel_arrives_whole) {
  UserRecord user = user_of("shop", "bob");
  for (int i = 0; i < 30'000; ++i) {
    user.authorization.push_back(
        {.addresses = {"a-rather-long-address-" + std::to_string(i)}, .operations = {.recv = true}});
  }
  const Doorway door({.more_users = {std::move(user)}});
  Peer peer(door.address(), 4'096);
  const Peer::Reply reply = log_in(peer, "shop", "bob");
  EXPECT_EQ(reply.identity.value().address_authz.value().size(), 30'001u);
}

}  // namespace
}  // namespace doorward
