// Logins that go as they should, and refusals, against a scripted service.
#include "server/delegate/delegate.hpp"

#include "mechanisms/catalogue.hpp"
#include "server/amqp/wire/frame.hpp"
#include "server/amqp/wire/sasl.hpp"
#include "tests/mechanisms/exchange.hpp"
#include "tests/server/delegate/scripted_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::delegate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// The server's side of SCRAM-SHA-256 for the password `pencil`. `last` sends the server's last message, which
// a test may spoil.
void serve_scram(Talk& talk, const std::function<void(Talk&, std::string)>& last) {
  const std::vector<ScramCredential> credentials{
      credential_of("pencil", ScramHash::sha256, "W22ZaJ0SNY7soEsUEjb6gQ==", 4'096)};
  const std::unique_ptr<Mechanism> mechanism = make_mechanism(ServiceType::standard, "SCRAM-SHA-256", true);
  const std::string init = talk.frame();
  const Result<wire::SaslInit> parsed = wire::parse_sasl_init(init);
  ASSERT_TRUE(parsed && parsed->initial_response);
  EXPECT_EQ(parsed->mechanism, "SCRAM-SHA-256");
  EXPECT_EQ(parsed->hostname, "a-space");
  Step step = answered(*mechanism, mechanism->step(*parsed->initial_response), credentials);
  talk.send(encode(wire::SaslChallenge{std::get<Challenge>(step).data}));
  step = mechanism->step(wire::parse_sasl_response(talk.frame())->response);
  last(talk, std::get<Challenge>(answered(*mechanism, std::move(step), credentials)).data);
}

void send_as_challenge(Talk& talk, std::string server_final) {
  talk.send(encode(wire::SaslChallenge{server_final}));
  const std::string response = talk.frame();
  EXPECT_EQ(wire::parse_sasl_response(response)->response, "");
  talk.outcome(SaslCode::ok);
}

std::string spoiled(std::string server_final) {
  server_final[2] = server_final[2] == 'A' ? 'B' : 'A';
  return server_final;
}

TEST(Delegate, LogsInByPlainAndTellsWhoTheClientIs) {
  ScriptedPeer peer([](Talk& talk) {
    talk.greet(wire::sasl_header);
    talk.offer({"PLAIN", "ANONYMOUS"});
    EXPECT_EQ(talk.frame(),
              encode(wire::SaslInit{"PLAIN", std::string_view("\0user\0pencil", 12), "a-space"}).substr(8));
    talk.outcome(SaslCode::ok);
    Authorization authorization;
    authorization.groups = {"manage"};
    authorization.addresses["q/*"] = {.send = true, .recv = false};
    talk.tell_identity("user", authorization);
  });
  const Result<Verdict> verdict = log_in(peer.attempt());
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_THAT(verdict->offered, ElementsAre("PLAIN", "ANONYMOUS"));
  EXPECT_EQ(verdict->mechanism, "PLAIN");
  const auto* let_in = std::get_if<LetIn>(&verdict->answer);
  ASSERT_NE(let_in, nullptr);
  EXPECT_EQ(let_in->identity.sub, "user");
  EXPECT_THAT(let_in->identity.groups, ElementsAre("manage"));
  EXPECT_TRUE(let_in->identity.offers_address_authz);
  EXPECT_THAT(let_in->identity.address_authz.value(), ElementsAre(Pair("q/*", ElementsAre("send"))));
}

TEST(Delegate, ReadsAnAnswerThatComesByteByByteWithSignsOfLifeBetween) {
  ScriptedPeer peer([](Talk& talk) {
    const std::string empty_amqp_frame("\x00\x00\x00\x08\x02\x00\x00\x00", 8);
    const Authorization nothing;
    const std::string answers[] = {
        std::string(wire::sasl_header) + encode(wire::SaslMechanisms{{"PLAIN"}}),
        encode(wire::SaslOutcome{SaslCode::ok, std::nullopt}),
        std::string(wire::amqp_header),
        empty_amqp_frame + encode(wire::OpenReply{"c", "user", &nothing, true}) + empty_amqp_frame +
            wire::encode_close(),
    };
    for (const std::string& answer : answers) {
      if (&answer == &answers[0] || &answer == &answers[2]) talk.receive(wire::header_bytes);
      if (&answer == &answers[1] || &answer == &answers[3]) talk.frame();
      for (const char byte : answer) talk.send({&byte, 1});
    }
  });
  const Result<Verdict> verdict = log_in(peer.attempt());
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_TRUE(std::get<LetIn>(verdict->answer).identity.address_authz->empty());
}

TEST(Delegate, LetsCyrusChooseTheStrongestMechanismForAUser) {
  ScriptedPeer peer([](Talk& talk) {
    talk.greet(wire::sasl_header);
    talk.offer({"ANONYMOUS", "EXTERNAL", "PLAIN", "SCRAM-SHA-256"});
    serve_scram(talk, send_as_challenge);
    talk.tell_identity("user", {});
  });
  Attempt attempt = peer.attempt();
  attempt.mechanism.clear();
  const Result<Verdict> verdict = log_in(std::move(attempt));
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ(verdict->mechanism, "SCRAM-SHA-256");
  EXPECT_TRUE(std::holds_alternative<LetIn>(verdict->answer));
}

TEST(Delegate, LogsInByAnonymousWithoutAUser) {
  ScriptedPeer peer([](Talk& talk) {
    talk.greet(wire::sasl_header);
    talk.offer({"PLAIN", "EXTERNAL", "ANONYMOUS"});
    const std::string body = talk.frame();
    EXPECT_EQ(wire::parse_sasl_init(body)->mechanism, "ANONYMOUS");
    talk.outcome(SaslCode::ok);
    talk.tell_identity("anonymous", {});
  });
  Attempt attempt = peer.attempt();
  attempt.mechanism.clear();
  attempt.username.clear();
  const Result<Verdict> verdict = log_in(std::move(attempt));
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ(std::get<LetIn>(verdict->answer).identity.sub, "anonymous");
}

TEST(Delegate, ClaimsItsNameByExternalWhenAskedTo) {
  ScriptedPeer peer([](Talk& talk) {
    talk.greet(wire::sasl_header);
    talk.offer({"EXTERNAL"});
    EXPECT_EQ(talk.frame(), encode(wire::SaslInit{"EXTERNAL", "user", "a-space"}).substr(8));
    talk.outcome(SaslCode::ok);
    talk.tell_identity("user", {});
  });
  Attempt attempt = peer.attempt();
  attempt.mechanism = "EXTERNAL";
  const Result<Verdict> verdict = log_in(std::move(attempt));
  ASSERT_TRUE(verdict) << verdict.error().message;
}

TEST(Delegate, TakesTheServersProofFromTheOutcomeToo) {
  ScriptedPeer peer([](Talk& talk) {
    talk.greet(wire::sasl_header);
    talk.offer({"SCRAM-SHA-256"});
    serve_scram(talk, [](Talk& t, std::string server_final) {
      t.send(encode(wire::SaslOutcome{SaslCode::ok, server_final}));
    });
    talk.tell_identity("user", {});
  });
  Attempt attempt = peer.attempt();
  attempt.mechanism = "SCRAM-SHA-256";
  const Result<Verdict> verdict = log_in(std::move(attempt));
  ASSERT_TRUE(verdict) << verdict.error().message;
}

TEST(Delegate, TrustsNoServerThatCannotProveToKnowTheUser) {
  const struct {
    std::string what;
    std::function<void(Talk&, std::string)> last;
    std::string why;
  } cases[] = {
      {"a wrong signature in a challenge",
       [](Talk& t, std::string server_final) { send_as_challenge(t, spoiled(server_final)); },
       "failed to prove"},
      {"a wrong signature in the outcome",
       [](Talk& t, std::string server_final) {
         t.send(encode(wire::SaslOutcome{SaslCode::ok, spoiled(server_final)}));
         t.fall_silent();
       },
       "failed to prove"},
      {"no signature", [](Talk& t, std::string) { t.outcome(SaslCode::ok); }, "does not fit the mechanism"},
  };
  for (const auto& c : cases) {
    bool went_on = false;
    {
      ScriptedPeer peer([&](Talk& talk) {
        talk.greet(wire::sasl_header);
        talk.offer({"SCRAM-SHA-256"});
        serve_scram(talk, c.last);
        talk.receive(1);
        went_on = true;
      });
      Attempt attempt = peer.attempt();
      attempt.mechanism = "SCRAM-SHA-256";
      const Result<Verdict> verdict = log_in(std::move(attempt));
      ASSERT_FALSE(verdict) << c.what;
      EXPECT_THAT(verdict.error().message, HasSubstr(c.why)) << c.what;
    }
    EXPECT_FALSE(went_on) << c.what << ": the delegate went on to open";
  }
}

TEST(Delegate, TellsEachRefusalWithWhereToLook) {
  const struct {
    SaslCode code;
    std::string advice;
    std::string mechanism = "PLAIN";
  } cases[] = {
      {SaslCode::auth, "The password or the user name is wrong"},
      {SaslCode::auth, "does not tell which, but its log does"},
      {SaslCode::auth, "lets nobody in without a user (`--user`)", "ANONYMOUS"},
      {SaslCode::sys, "Its log says why"},
      {SaslCode::sys_perm, "Its log says why"},
      {SaslCode::sys_temp, "no authentication service that answers, or the service is overloaded"},
  };
  for (const auto& c : cases) {
    ScriptedPeer peer([&](Talk& talk) {
      talk.greet(wire::sasl_header);
      talk.offer({c.mechanism});
      talk.frame();
      talk.outcome(c.code);
    });
    Attempt attempt = peer.attempt();
    attempt.mechanism = c.mechanism;
    const Result<Verdict> verdict = log_in(std::move(attempt));
    ASSERT_TRUE(verdict) << verdict.error().message;
    const auto* refused = std::get_if<Refused>(&verdict->answer);
    ASSERT_NE(refused, nullptr) << to_string(c.code);
    EXPECT_EQ(refused->code, c.code);
    EXPECT_THAT(refused->advice, HasSubstr(c.advice)) << to_string(c.code);
  }
}

TEST(Delegate, ListsWhatIsOfferedWhereNothingFits) {
  const struct {
    std::string what, mechanism, username;
    std::vector<std::string_view> offer;
    std::string why;
  } cases[] = {
      {"the mechanism is not offered",
       "PLAIN",
       "user",
       {"SCRAM-SHA-1", "ANONYMOUS"},
       "\"PLAIN\" is not offered: the service offers \"SCRAM-SHA-1 ANONYMOUS\""},
      {"nothing is offered", "PLAIN", "user", {}, "the service offers nothing"},
      {"a user but only ANONYMOUS",
       "",
       "user",
       {"ANONYMOUS"},
       "none of the offered mechanisms fits a login with a user"},
      {"no user but only PLAIN",
       "",
       "",
       {"PLAIN"},
       "fits a login without a user name: the service offers \"PLAIN\". Say who logs in (--user)"},
      {"one that Cyrus does not have", "X-NOBODY", "user", {"X-NOBODY"}, "It can do: "},
  };
  for (const auto& c : cases) {
    ScriptedPeer peer([&](Talk& talk) {
      talk.greet(wire::sasl_header);
      talk.offer(c.offer);
      talk.fall_silent();
    });
    Attempt attempt = peer.attempt();
    attempt.mechanism = c.mechanism;
    attempt.username = c.username;
    const Result<Verdict> verdict = log_in(std::move(attempt));
    ASSERT_FALSE(verdict) << c.what;
    EXPECT_EQ(verdict.error().code, ErrorCode::invalid) << c.what;
    EXPECT_THAT(verdict.error().message, HasSubstr(c.why)) << c.what;
  }
}

}  // namespace
}  // namespace doorward::delegate
