// Services that are silent, vanish, lie or are something else altogether: a delegate ends with an error that
// says what to look at, and never waits for ever.
#include "server/amqp/wire/frame.hpp"
#include "server/amqp/wire/sasl.hpp"
#include "tests/server/amqp/wire/notation.hpp"
#include "tests/server/delegate/scripted_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::delegate {
namespace {

using testing::HasSubstr;
using testing::Not;

const Authorization nothing;
const std::string reply = encode(wire::OpenReply{"c", "user", &nothing, true});

// The conversation by PLAIN, of which a script plays the first steps.
const std::vector<ScriptedPeer::Script> steps = {
    [](Talk& talk) { talk.greet(wire::sasl_header); },
    [](Talk& talk) { talk.offer({"PLAIN"}); },
    [](Talk& talk) { talk.frame(); },
    [](Talk& talk) { talk.outcome(SaslCode::ok); },
    [](Talk& talk) { talk.greet(wire::amqp_header); },
    [](Talk& talk) { talk.frame(); },
    [](Talk& talk) { talk.send(reply); },
};

void play(Talk& talk, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) steps[i](talk);
}

TEST(SilentService, IsGivenUpAtTheDeadlineAfterAnyStep) {
  for (std::size_t count = 0; count <= steps.size(); ++count) {
    ScriptedPeer peer([=](Talk& talk) {
      play(talk, count);
      talk.fall_silent();
    });
    Attempt attempt = peer.attempt();
    attempt.timeout = std::chrono::milliseconds(50);
    const Result<Verdict> verdict = log_in(std::move(attempt));
    ASSERT_FALSE(verdict) << count;
    EXPECT_EQ(verdict.error().code, ErrorCode::unavailable);
    EXPECT_THAT(verdict.error().message, HasSubstr("did not answer in time")) << count;
  }
}

TEST(VanishingService, IsToldByTheStepThatItLeftOut) {
  const std::string whys[] = {"ended the connection",
                              "ended the connection before its offer",
                              "ended the connection before its outcome",
                              "ended the connection before its outcome",
                              "ended the connection",
                              "ended the connection before its open",
                              "ended the connection before its open"};
  for (std::size_t count = 0; count < steps.size(); ++count) {
    ScriptedPeer peer([=](Talk& talk) { play(talk, count); });
    const Result<Verdict> verdict = log_in(peer.attempt());
    ASSERT_FALSE(verdict) << count;
    // A connection that is reset may be noticed when the delegate sends.
    EXPECT_THAT(verdict.error().message,
                testing::AnyOf(HasSubstr(whys[count]), HasSubstr("the connection broke")))
        << count;
  }
}

TEST(VanishingService, HasLetTheClientInOnceItHasSentItsOpen) {
  ScriptedPeer peer([](Talk& talk) { play(talk, steps.size()); });
  const Result<Verdict> verdict = log_in(peer.attempt());
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_TRUE(std::holds_alternative<LetIn>(verdict->answer));
}

struct Deviation {
  std::string what;
  std::size_t after;  // steps of the conversation
  std::string bytes;
  std::string why;
};

std::string frame(int type, const std::string& body) {
  return std::string("\0\0\0", 3) + static_cast<char>(8 + body.size()) + '\x02' + static_cast<char>(type) +
         std::string("\0\0", 2) + body;
}

TEST(DeviatingService, IsToldByWhatItDid) {
  const Deviation cases[] = {
      {"an HTTP server", 0, "HTTP/1.1 400 Bad Request\r\n\r\n", "it began with \"HTTP/1.1\""},
      {"a TLS server", 0, std::string("\x15\x03\x01\x00\x02\x02\x46\x00", 8), "Connect with TLS"},
      {"an AMQP server without SASL", 0, std::string(wire::amqp_header), "it began with"},
      {"a frame of 0 bytes", 1, std::string(8, '\0'), "shorter than its header"},
      {"a frame of 4 GiB", 1, "\xff\xff\xff\xff\x02\x01" + std::string(2, '\0'), "longer than"},
      {"a frame that ends early", 1, frame(1, "12345").substr(0, 10), "amid a frame"},
      {"an AMQP frame for an offer", 1, frame(0, "x"), "wrong type"},
      {"nonsense for an offer", 1, frame(1, "nonsense"), "malformed sasl-mechanisms"},
      {"an outcome for an offer", 1, encode(wire::SaslOutcome{SaslCode::ok, std::nullopt}),
       "it is sasl-outcome instead"},
      {"an empty frame for an outcome", 3, frame(1, ""), "the frame is empty"},
      {"an offer for an outcome", 3, encode(wire::SaslMechanisms{{"PLAIN"}}),
       "it is sasl-mechanisms instead"},
      {"an outcome of code 9", 3, frame(1, std::string("\x00\x53\x44\xc0\x03\x01\x50\x09", 8)),
       "none of 0 to 4"},
      {"a challenge though all is said", 3, encode(wire::SaslChallenge{"more?"}), "nothing more to say"},
      {"another protocol after ok", 4, std::string(wire::sasl_header), "it began with"},
      {"a SASL frame for an open", 6, frame(1, "x"), "wrong type"},
      {"a close for an open", 6, wire::encode_close(), "it is close instead"},
      {"an open that names nobody", 6, wire::encode_open_without_identity("c"), "names nobody"},
      {"an open without identity and why", 6,
       wire::encode_open_without_identity("c") +
           wire::encode_close("amqp:frame-size-too-small", "too many rules"),
       "\"amqp:frame-size-too-small\": \"too many rules\""},
      {"groups that a delegate would not read", 6,
       frame(0,
             wire::bytes("00 53 10 c0 18 0a a1 01 'c' 40 40 40 40 40 40 40 40 c1 0a 02 a3 06 'groups' 44")),
       "groups is not a list of string"},
      {"nonsense for a close", 7, frame(0, "nonsense"), "type code"},
  };
  for (const Deviation& c : cases) {
    ScriptedPeer peer([&](Talk& talk) {
      play(talk, c.after);
      talk.send(c.bytes);
    });
    const Result<Verdict> verdict = log_in(peer.attempt());
    ASSERT_FALSE(verdict) << c.what;
    EXPECT_EQ(verdict.error().code, ErrorCode::unavailable) << c.what;
    EXPECT_THAT(verdict.error().message, HasSubstr(c.why)) << c.what;
    EXPECT_THAT(verdict.error().message, Not(HasSubstr("pencil"))) << c.what;
  }
}

TEST(AbsentService, IsToldWithTheAddress) {
  Attempt attempt = ScriptedPeer([](Talk&) {}).attempt();  // whose port is free again
  const std::string address = attempt.peer.text();
  const Result<Verdict> verdict = log_in(std::move(attempt));
  ASSERT_FALSE(verdict);
  EXPECT_THAT(verdict.error().message, HasSubstr("cannot connect to " + address + ": Connection refused"));
}

TEST(AbsentService, IsToldWhereItsHostHasNoAddress) {
  Attempt attempt;
  // A label of more than 63 bytes: no resolver is asked.
  const std::string host = std::string(64, 'x') + ".invalid";
  attempt.peer = {.host = host, .port = "5672", .tls = std::nullopt};
  const Result<Verdict> verdict = log_in(std::move(attempt));
  ASSERT_FALSE(verdict);
  EXPECT_THAT(verdict.error().message, HasSubstr("cannot find the host " + host));
}

}  // namespace
}  // namespace doorward::delegate
