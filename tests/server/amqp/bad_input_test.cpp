// What a peer gets that does something else than the protocol: the right answer, an orderly end, and a line
// in the log that says what was wrong and never shows a secret.
#include "tests/server/amqp/door.hpp"

#include <gmock/gmock.h>

namespace doorward {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string name_of(const auto& info) { return info.param.name; }

// Keeps the padding of a table apart from what it says.
std::string of_size(std::size_t size, const std::function<std::string(std::string)>& frame_around) {
  const std::size_t overhead = frame_around("").size();
  return frame_around(std::string(size - overhead, 'x'));
}

struct BadHeader {
  const char* name;
  std::string sent;
  std::string answered;  // before the end
  const char* logged;
};
class BadHeaders : public testing::TestWithParam<BadHeader> {};

TEST_P(BadHeaders, are_answered_and_the_connection_is_closed) {
  LogCapture log;
  {
    Doorway door;
    Peer peer = door.connect();
    peer.send(GetParam().sent);
    EXPECT_EQ(peer.read_to_end(), GetParam().answered);
    EXPECT_EQ(door.fact_count(), 0u);
  }
  EXPECT_THAT(log.lines(), HasSubstr(GetParam().logged));
}

INSTANTIATE_TEST_SUITE_P(
    Peers, BadHeaders,
    testing::Values(BadHeader{"amqp_without_sasl_gets_our_header",
                              std::string(amqp_header) + open_frame("router"), std::string(sasl_header),
                              "AMQP without SASL"},
                    BadHeader{"amqp_0_9_1_gets_our_header", bytes("'AMQP' 00 00 09 01"),
                              std::string(sasl_header), "no SASL header of AMQP 1.0"},
                    BadHeader{"the_tls_header_of_amqp_gets_our_header", bytes("'AMQP' 02 01 00 00"),
                              std::string(sasl_header), "no SASL header of AMQP 1.0"},
                    BadHeader{"another_version_of_sasl_gets_our_header", bytes("'AMQP' 03 02 00 00"),
                              std::string(sasl_header), "no SASL header of AMQP 1.0"},
                    BadHeader{"http_gets_our_header", "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                              std::string(sasl_header), "no SASL header of AMQP 1.0"},
                    BadHeader{"a_tls_hello_on_the_plain_port_gets_our_header",
                              bytes("16 03 01 00 20 01 00 00 1c 03 03"), std::string(sasl_header),
                              "a TLS hello on a port without TLS"}),
    [](const auto& info) { return name_of(info); });

struct BadFrame {
  const char* name;
  std::string sent;
  const char* logged;
  LoginReason reason = LoginReason::protocol_error;
};

class BadFirstFrames : public testing::TestWithParam<BadFrame> {};

TEST_P(BadFirstFrames, end_the_connection_without_an_outcome_and_are_told_as_a_login) {
  LogCapture log;
  {
    Doorway door;
    Peer peer = door.greeted();
    peer.send(GetParam().sent);
    EXPECT_EQ(peer.read_to_end(), "");
    const LoginFact fact = door.facts(1).front();
    EXPECT_EQ(fact.outcome, std::nullopt);
    EXPECT_EQ(fact.reason, GetParam().reason);
    EXPECT_EQ(fact.username, "");
  }
  const std::string lines = log.lines();
  EXPECT_THAT(lines, HasSubstr("reason=" + std::string(to_string(GetParam().reason))));
  EXPECT_THAT(lines, HasSubstr(GetParam().logged));
}

const std::string good_init = sasl_init("PLAIN", plain("ann", "pencil"), "shop");

INSTANTIATE_TEST_SUITE_P(
    Peers, BadFirstFrames,
    testing::Values(
        BadFrame{"a_size_of_0", frame_head(0, 1) + good_init, "a frame of 0 bytes"},
        BadFrame{"a_size_of_7", frame_head(7, 1) + good_init, "a frame of 7 bytes"},
        BadFrame{"a_size_of_8_has_no_performative", frame_head(8, 1) + good_init, "detail="},
        BadFrame{"a_size_of_4_GiB", frame_head(0xffffffff, 1) + good_init, "a frame of 4294967295 bytes",
                 LoginReason::frame_too_long},
        BadFrame{"a_byte_more_than_16_KiB", frame_head(16'385, 1), "a frame of 16385 bytes",
                 LoginReason::frame_too_long},
        BadFrame{"a_data_offset_within_the_header", frame_head(40, 1, 1), "detail="},
        BadFrame{"a_data_offset_behind_the_end", frame_head(40, 1, 11), "detail="},
        BadFrame{"a_type_that_is_neither", frame_head(40, 2), "type"},
        BadFrame{"an_amqp_frame", open_frame("router"), "an AMQP frame where a SASL frame was due"},
        BadFrame{"an_empty_amqp_frame", empty_frame, "an AMQP frame where a SASL frame was due"},
        BadFrame{"an_amqp_header", std::string(amqp_header) + open_frame("router"),
                 "a protocol header where a frame was due"},
        BadFrame{"a_sasl_response", sasl_response("x"), "detail="},
        BadFrame{"a_sasl_outcome_from_the_client", frame(1, performative(0x44, 1, bytes("50 00"))),
                 "detail="},
        BadFrame{"an_open_in_a_sasl_frame", frame(1, performative(0x10, 1, str32("router"))), "detail="},
        BadFrame{"no_mechanism", frame(1, performative(0x41, 0, "")), "detail="},
        BadFrame{"a_mechanism_that_is_a_number", frame(1, performative(0x41, 1, bytes("52 01"))), "detail="},
        BadFrame{"a_field_too_many",
                 frame(1, performative(0x41, 4, sym32("PLAIN") + null_field + null_field + null_field)),
                 "detail="},
        BadFrame{"a_list_that_is_longer_than_its_frame",
                 frame(1, bytes("00 53 41 d0 00 00 10 00 00 00 00 03 a3 01 'X'")), "detail="},
        BadFrame{"a_count_of_4_billion", frame(1, bytes("00 53 41 d0 00 00 00 07 ff ff ff ff a3 01 'X'")),
                 "detail="},
        BadFrame{"bytes_that_mean_nothing", frame(1, std::string(200, '\xff')), "detail="}),
    [](const auto& info) { return name_of(info); });

class BadResponses : public testing::TestWithParam<BadFrame> {};

// Where the mechanism waits for a response, whatever else comes ends the exchange: no frame may lead past it.
TEST_P(BadResponses, end_the_exchange_without_an_outcome) {
  LogCapture log;
  {
    Doorway door;
    Peer peer = door.greeted();
    peer.send(sasl_init("SCRAM-SHA-256", "n,,n=ann,r=clientnonce", "shop"));
    peer.challenge();
    peer.send(GetParam().sent);
    EXPECT_EQ(peer.read_to_end(), "");
    const LoginFact fact = door.facts(1).front();
    EXPECT_EQ(fact.outcome, std::nullopt);
    EXPECT_EQ(fact.reason, GetParam().reason);
    EXPECT_EQ(fact.realm, "shop");
  }
  const std::string lines = log.lines();
  EXPECT_THAT(lines, HasSubstr("realm=shop mechanism=SCRAM-SHA-256"));
  EXPECT_THAT(lines, HasSubstr(GetParam().logged));
}

INSTANTIATE_TEST_SUITE_P(
    Peers, BadResponses,
    testing::Values(BadFrame{"a_second_init", good_init, "detail="},
                    BadFrame{"an_amqp_header_and_open", std::string(amqp_header) + open_frame("router"),
                             "a protocol header where a frame was due"},
                    BadFrame{"an_open", open_frame("router"), "an AMQP frame where a SASL frame was due"},
                    BadFrame{"an_empty_frame", frame_head(8, 1), "detail="},
                    BadFrame{"an_outcome_of_ok_by_the_client",
                             frame(1, performative(0x44, 1, bytes("50 00"))), "detail="},
                    BadFrame{"a_response_that_is_text", frame(1, performative(0x43, 1, str32("c=biws"))),
                             "detail="},
                    BadFrame{"a_response_larger_than_16_KiB", frame_head(16'385, 1), "a frame of 16385 bytes",
                             LoginReason::frame_too_long}),
    [](const auto& info) { return name_of(info); });

struct Refusal {
  const char* name;
  std::string sent;
  SaslCode code;
  LoginReason reason;
};
class Refusals : public testing::TestWithParam<Refusal> {};

TEST_P(Refusals, get_their_outcome_and_the_end) {
  Doorway door;
  Peer peer = door.greeted();
  peer.send(GetParam().sent);
  EXPECT_EQ(peer.outcome(), GetParam().code);
  EXPECT_EQ(peer.read_to_end(), "");
  const LoginFact fact = door.facts(1).front();
  EXPECT_EQ(fact.outcome, GetParam().code);
  EXPECT_EQ(fact.reason, GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    Clients, Refusals,
    testing::Values(Refusal{"an_unknown_realm", sasl_init("PLAIN", plain("ann", "pencil"), "shed"),
                            SaslCode::auth, LoginReason::unknown_realm},
                    Refusal{"an_unknown_user", sasl_init("PLAIN", plain("eve", "pencil"), "shop"),
                            SaslCode::auth, LoginReason::unknown_user},
                    Refusal{"an_unknown_mechanism", sasl_init("CRAM-MD5", "", "shop"), SaslCode::auth,
                            LoginReason::mechanism_not_available},
                    Refusal{"a_foreign_authzid", sasl_init("PLAIN", "bob" + plain("ann", "pencil"), "shop"),
                            SaslCode::auth, LoginReason::foreign_authzid},
                    Refusal{"a_service_that_is_not_ready",
                            sasl_init("PLAIN", plain("ann", "pencil"), "asleep"), SaslCode::sys_temp,
                            LoginReason::service_not_ready}),
    [](const auto& info) { return name_of(info); });

TEST(FrameBounds, a_sasl_frame_of_16_KiB_is_read) {
  Doorway door;
  Peer peer = door.greeted();
  peer.send(of_size(
      16'384, [](const std::string& padding) { return sasl_init("PLAIN", plain("ann", padding), "shop"); }));
  EXPECT_EQ(peer.outcome(), SaslCode::auth);
}

TEST(FrameBounds, an_open_of_16_KiB_is_read) {
  const Doorway door;
  Peer peer = door.accepted();
  peer.send(amqp_header);
  peer.send(of_size(16'384, [](const std::string& padding) { return open_frame(padding); }));
  EXPECT_EQ(peer.reply().identity.value().sub, "ann");
}

struct BadOpen {
  const char* name;
  std::string sent;
  const char* condition;
};
class BadOpens : public testing::TestWithParam<BadOpen> {};

TEST_P(BadOpens, get_an_open_that_names_nobody_and_a_close_that_says_what_was_wrong) {
  LogCapture log;
  {
    Doorway door;
    Peer peer = door.accepted();
    peer.send(std::string(amqp_header) + GetParam().sent);
    const Peer::Reply reply = peer.reply();
    EXPECT_TRUE(reply.grants_nothing);
    EXPECT_FALSE(reply.identity);
    EXPECT_EQ(reply.close.condition, GetParam().condition);
    EXPECT_NE(reply.close.description, "");
    EXPECT_EQ(peer.read_to_end(), "");
    EXPECT_EQ(door.facts(1).front().outcome, SaslCode::ok);
  }
  EXPECT_THAT(log.lines(), HasSubstr("realm=shop mechanism=PLAIN"));
}

constexpr const char* framing_error = "amqp:connection:framing-error";
constexpr const char* decode_error = "amqp:decode-error";

INSTANTIATE_TEST_SUITE_P(
    Delegates, BadOpens,
    testing::Values(BadOpen{"a_size_of_0", frame_head(0, 0), framing_error},
                    BadOpen{"a_size_of_4_GiB", frame_head(0xffffffff, 0), framing_error},
                    BadOpen{"a_byte_more_than_16_KiB", frame_head(16'385, 0), framing_error},
                    BadOpen{"a_sasl_frame", sasl_response("x"), framing_error},
                    BadOpen{"a_heartbeat_before_the_open", empty_frame, decode_error},
                    BadOpen{"a_begin", frame(0, performative(0x11, 0, "")), decode_error},
                    BadOpen{"a_close", close_frame, decode_error},
                    BadOpen{"an_open_without_a_container_id", frame(0, performative(0x10, 0, "")),
                            decode_error},
                    BadOpen{"bytes_that_mean_nothing", frame(0, std::string(200, '\xff')), decode_error}),
    [](const auto& info) { return name_of(info); });

TEST(BadOpen, another_header_after_the_outcome_is_answered_by_the_amqp_header_and_the_end) {
  LogCapture log;
  {
    const Doorway door;
    Peer peer = door.accepted();
    peer.send(sasl_header);
    EXPECT_EQ(peer.read_to_end(), amqp_header);
  }
  EXPECT_THAT(log.lines(), HasSubstr("no AMQP header after the outcome"));
}

UserRecord user_with_many_addresses(int addresses = 50) {
  UserRecord user = user_of("shop", "bob");
  for (int i = 0; i < addresses; ++i) {
    user.authorization.push_back(
        {.addresses = {"address-" + std::to_string(i)}, .operations = {.recv = true}});
  }
  return user;
}

class SmallFrames : public testing::TestWithParam<std::uint32_t> {};

// The specification makes 512 of everything smaller.
TEST_P(SmallFrames, get_no_part_of_a_reply_that_does_not_fit) {
  LogCapture log;
  {
    const Doorway door({.more_users = {user_with_many_addresses()}});
    Peer peer = door.greeted();
    peer.send(sasl_init("PLAIN", plain("bob", "pencil"), "shop"));
    ASSERT_EQ(peer.outcome(), SaslCode::ok);
    peer.send(std::string(amqp_header) + open_frame("router", GetParam()));
    const Peer::Reply reply = peer.reply();
    EXPECT_TRUE(reply.grants_nothing);
    EXPECT_FALSE(reply.identity);
    EXPECT_EQ(reply.close.condition, "amqp:frame-size-too-small");
    EXPECT_EQ(peer.read_to_end(), "");
  }
  EXPECT_THAT(log.lines(), HasSubstr("max-frame-size of the open is 512"));
}

INSTANTIATE_TEST_SUITE_P(Opens, SmallFrames, testing::Values(0, 1, 511, 512));

TEST(SmallFrame, a_reply_that_just_fits_is_sent_and_with_a_byte_less_it_is_not) {
  const Doorway door({.more_users = {user_with_many_addresses()}});
  const auto open_as_bob = [&](std::optional<std::uint32_t> max_frame_size) {
    Peer peer = door.greeted();
    peer.send(sasl_init("PLAIN", plain("bob", "pencil"), "shop"));
    EXPECT_EQ(peer.outcome(), SaslCode::ok);
    peer.send(std::string(amqp_header) + open_frame("router", max_frame_size) + close_frame);
    return peer;
  };
  const std::size_t all = open_as_bob({}).read_to_end().size();
  const auto reply_bytes = static_cast<std::uint32_t>(all - amqp_header.size() - wire::encode_close().size());

  EXPECT_EQ(open_as_bob(reply_bytes).reply().identity.value().sub, "bob");
  EXPECT_EQ(open_as_bob(reply_bytes - 1).reply().close.condition, "amqp:frame-size-too-small");
}

// A router's own default is 16,384.
TEST(SmallFrame, ten_thousand_addresses_take_a_peer_that_declares_a_frame_of_a_mebibyte) {
  constexpr int addresses = 10'000;
  LogCapture log;
  {
    const Doorway door({.more_users = {user_with_many_addresses(addresses)}});
    const auto opened = [&](std::uint32_t max_frame_size) {
      Peer peer = door.greeted();
      peer.send(sasl_init("PLAIN", plain("bob", "pencil"), "shop"));
      EXPECT_EQ(peer.outcome(), SaslCode::ok);
      peer.send(std::string(amqp_header) + open_frame("router", max_frame_size) + close_frame);
      return peer.reply();
    };
    const Peer::Reply whole = opened(1u << 20);
    ASSERT_TRUE(whole.identity && whole.identity->address_authz);
    EXPECT_EQ(whole.identity->address_authz->size(), std::size_t{addresses} + 1) << "one is every user's";
    EXPECT_TRUE(whole.identity->address_authz->contains("address-9999"));
    EXPECT_EQ(whole.close.condition, "");

    const Peer::Reply none = opened(16'384);
    EXPECT_FALSE(none.identity);
    EXPECT_TRUE(none.grants_nothing);
    EXPECT_EQ(none.close.condition, "amqp:frame-size-too-small");
    EXPECT_THAT(none.close.description, HasSubstr("the max-frame-size of the open is 16384; raise it"));
  }
  EXPECT_THAT(log.lines(), HasSubstr("max-frame-size of the open is 16384"));
}

TEST(Log, never_shows_what_a_peer_sent_as_a_secret_and_cannot_be_broken_into_lines) {
  LogCapture log;
  {
    Doorway door;
    Peer peer = door.greeted();
    peer.send(sasl_init("PLAIN", plain("ann", "a-password-of-hers"), "shop\nlevel=error"));
    EXPECT_EQ(peer.outcome(), SaslCode::auth);
    Peer other = door.greeted();
    other.send(sasl_init("SCRAM-SHA-256", "n,,n=ann,r=a-password-of-hers", "shop\nlevel=error"));
    other.challenge();
    other.send(open_frame("a-password-of-hers"));
    other.read_to_end();
  }
  const std::string lines = log.lines();
  EXPECT_THAT(lines, Not(HasSubstr("a-password-of-hers")));
  EXPECT_THAT(lines, Not(HasSubstr("\nlevel=error")));
  EXPECT_THAT(lines, HasSubstr("protocol_error"));
}

}  // namespace
}  // namespace doorward
