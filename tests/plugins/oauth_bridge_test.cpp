// The bridge as doorward has it: loaded, asked by clients, against an issuer over real TLS that gives every
// answer.
#include "plugins/host/bridge.hpp"
#include "plugins/host/conformance.hpp"
#include "plugins/oauth/key_set.hpp"
#include "tests/plugins/oauth_issuer.hpp"
#include "tests/plugins/scripted.hpp"
#include "tests/server/reviews/fake_api_server.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <latch>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::plugins {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using oauth_bridge::good_claims;
using oauth_bridge::key_set;
using oauth_bridge::SigningKey;
using testing::ElementsAre;
using testing::HasSubstr;

// This is build/PRESET/tests/plugins/plugin_oauth_test.
const std::filesystem::path directory =
    std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../../plugins";

class OauthBridge : public testing::Test {
 protected:
  OauthBridge() {
    std::string name = (std::filesystem::temp_directory_path() / "doorward-oauth-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    secrets = name;
    std::filesystem::create_directory(secrets / "issuer");
    trust(authority);
  }
  ~OauthBridge() override { std::filesystem::remove_all(secrets); }

  void trust(const Credential& whom) const { std::ofstream(secrets / "issuer" / "ca.crt") << pem(whom); }

  // An issuer whose n-th answer is the script's.
  using Script = std::function<FakeApiServer::Reply(std::size_t n)>;
  std::unique_ptr<FakeApiServer> serve(Script script) const {
    return std::make_unique<FakeApiServer>(
        make_certificate("an issuer", 2, &authority),
        [script = std::move(script), n = std::make_shared<std::atomic<std::size_t>>(0)](
            const FakeApiServer::Request&) { return script(++*n); });
  }
  std::unique_ptr<FakeApiServer> serve(const std::string& body) const {
    return serve([body](std::size_t) { return reply(200, body); });
  }

  static json config(const FakeApiServer& issuer, const json& more = json::object()) {
    json made{{"jwksUri", issuer.url() + "/keys"},
              {"caFile", "issuer/ca.crt"},
              {"issuer", "https://issuer.example"},
              {"audiences", {"amqp"}},
              {"grants",
               {{{"addresses", {"inbox/{username}", "tenant/{claim:tenant}"}}, {"operations", {"recv"}}},
                {{"group", "staff"},
                 {"groups", {"manage"}},
                 {"addresses", {"{group}/*"}},
                 {"operations", {"send"}}}}}};
    made.update(more);
    return made;
  }
  BridgeOptions options(const json& config, std::chrono::milliseconds limit = 60s) const {
    return {.service = "infra/oauth",
            .config = config.dump(),
            .secrets = secrets,
            .time_limit = limit,
            .check_every = 10ms,
            .close_grace = patience,
            .log = {}};
  }
  std::unique_ptr<Bridge> open(const json& config, std::chrono::milliseconds limit = 60s) const {
    auto bridge = std::make_unique<Bridge>(Library::load(directory, "oauth").value(), options(config, limit));
    const Health health = bridge->wait_for_health(patience);
    EXPECT_TRUE(health.up) << health.reason;
    return bridge;
  }
  // Why a bridge does not open.
  std::string fault(const json& config, std::chrono::milliseconds limit = 60s) const {
    const Bridge bridge(Library::load(directory, "oauth").value(), options(config, limit));
    return bridge.wait_for_health(patience).reason;
  }

  static std::string message(const std::string& token, const std::string& name = "") {
    return "n," + (name.empty() ? "" : "a=" + name) + ",\1auth=Bearer " + token + "\1\1";
  }
  static Answer start(Exchange& exchange, const std::string& message,
                      const std::string& mechanism = "OAUTHBEARER") {
    Waiting waiting;
    exchange.start(mechanism, Secret(message), waiting.done());
    return waiting.get();
  }
  static Answer step(Exchange& exchange, const std::string& response) {
    Waiting waiting;
    exchange.step(Secret(response), waiting.done());
    return waiting.get();
  }
  // What a client hears of its token: its name, or the error's status and then what the exchange ends with.
  static std::string log_in(const Bridge& bridge, const std::string& message,
                            const std::string& mechanism = "OAUTHBEARER") {
    Exchange exchange(bridge, {"realm", "peer"});
    const Answer first = start(exchange, message, mechanism);
    if (first.verdict == Verdict::accepted) return first.identity;
    if (first.verdict != Verdict::proceed) return first.reason;
    const std::string status = json::parse(first.challenge).at("status");
    return status + (step(exchange, "\1").verdict == Verdict::refused ? " refused" : " not refused");
  }

  std::filesystem::path secrets;
  Credential authority = make_certificate("authority of the tests", 1);
  SigningKey key = SigningKey::ec("first");
  const std::string good = key.token(good_claims(), "ES256");
};

TEST_F(OauthBridge, lets_in_whom_the_issuer_names_with_the_rights_of_its_groups) {
  const auto issuer = serve(key_set({key.jwk()}));
  const auto bridge = open(config(*issuer));
  EXPECT_THAT(bridge->mechanisms(), ElementsAre("OAUTHBEARER", "XOAUTH2"));
  json claims = good_claims();
  claims["tenant"] = "blue";
  Exchange exchange(*bridge, {"realm", "peer"});
  const Answer ann = start(exchange, message(key.token(claims, "ES256"), "ann"));
  ASSERT_EQ(ann.verdict, Verdict::accepted) << ann.reason;
  EXPECT_EQ(ann.identity, "ann");
  EXPECT_THAT(ann.groups, ElementsAre("manage"));
  ASSERT_EQ(ann.rules.size(), 2u);
  EXPECT_THAT(ann.rules[0].addresses, ElementsAre("inbox/ann", "tenant/blue"));
  EXPECT_THAT(ann.rules[1].addresses, ElementsAre("staff/*"));
  EXPECT_EQ(log_in(*bridge, "user=ann\1auth=Bearer " + good + "\1\1", "XOAUTH2"), "ann");
  EXPECT_EQ(issuer->requests(), 1u) << "it is not asked about tokens";
}

TEST_F(OauthBridge, makes_no_address_of_a_claim_that_is_more_than_a_name) {
  const auto issuer = serve(key_set({key.jwk()}));
  const auto bridge = open(config(*issuer));
  for (const json& tenant : {json("*"), json("a/b"), json(""), json(5), json::array({"a"})}) {
    json claims = good_claims();
    claims["tenant"] = tenant;
    Exchange exchange(*bridge, {"realm", "peer"});
    const Answer ann = start(exchange, message(key.token(claims, "ES256")));
    EXPECT_THAT(ann.rules.at(0).addresses, ElementsAre("inbox/ann")) << tenant;
  }
}

TEST_F(OauthBridge, can_leave_the_rights_to_a_stored_user) {
  const auto issuer = serve(key_set({key.jwk()}));
  const auto bridge = open(config(*issuer, {{"rights", "stored"}}));
  Exchange exchange(*bridge, {"realm", "peer"});
  const Answer ann = start(exchange, message(good));
  EXPECT_EQ(ann.verdict, Verdict::accepted);
  EXPECT_FALSE(ann.rights_given);
}

TEST_F(OauthBridge, tells_a_client_what_is_wrong_and_ends_whatever_it_answers) {
  const auto issuer = serve(key_set({key.jwk()}));
  const auto bridge =
      open(config(*issuer, {{"scopes", {"amqp"}}, {"openidConfiguration", "https://issuer.example/oidc"}}));
  const auto first = [&](const std::string& message, const char* mechanism) {
    Exchange exchange(*bridge, {"realm", "peer"});
    const Answer said = start(exchange, message, mechanism);
    EXPECT_EQ(said.verdict, Verdict::proceed);
    EXPECT_EQ(step(exchange, "anything").verdict, Verdict::refused);
    return said.challenge;
  };
  constexpr const char* more = R"(,"scope":"amqp","openid-configuration":"https://issuer.example/oidc"})";
  EXPECT_EQ(first(message("bad"), "OAUTHBEARER"), std::string(R"({"status":"invalid_token")") + more);
  EXPECT_EQ(first(message(good), "OAUTHBEARER"), std::string(R"({"status":"insufficient_scope")") + more);
  EXPECT_EQ(first("nonsense", "OAUTHBEARER"), std::string(R"({"status":"invalid_request")") + more);
  EXPECT_EQ(first("user=\1auth=Bearer bad\1\1", "XOAUTH2"),
            R"({"status":"401","schemes":"bearer","scope":"amqp"})");
  EXPECT_EQ(first("nonsense", "XOAUTH2"), R"({"status":"400","schemes":"bearer","scope":"amqp"})");
}

TEST_F(OauthBridge, asks_for_the_message_of_a_client_that_began_without_one) {
  const auto issuer = serve(key_set({key.jwk()}));
  const auto bridge = open(config(*issuer));
  Exchange exchange(*bridge, {"realm", "peer"});
  Waiting waiting;
  exchange.start("OAUTHBEARER", std::nullopt, waiting.done());
  EXPECT_EQ(waiting.get().verdict, Verdict::proceed);
  EXPECT_EQ(waiting.get().challenge, "");
  EXPECT_EQ(step(exchange, message(good)).verdict, Verdict::accepted);
  Exchange mute(*bridge, {"realm", "peer"});
  EXPECT_EQ(start(mute, "").challenge, "");
  EXPECT_THAT(step(mute, "").challenge, HasSubstr("invalid_request"));
}

TEST_F(OauthBridge, lets_in_nobody_else) {
  const auto issuer = serve(key_set({key.jwk()}));
  const auto bridge = open(config(*issuer));
  const auto with = [&](const char* claim, const json& value) {
    json claims = good_claims();
    claims[claim] = value;
    return message(key.token(claims, "ES256"));
  };
  for (const std::string& message :
       {with("exp", 1'700'000'000), with("nbf", 4'000'000'000), with("aud", "x"), with("iss", "x"),
        message(good, "bob"), message(SigningKey::ec("first").token(good_claims(), "ES256")),
        message("a.b.c"), message(std::string(12'288, 't'))})
    EXPECT_EQ(log_in(*bridge, message), "invalid_token refused");
  EXPECT_EQ(log_in(*bridge, message(std::string(16'000, 't'))), "invalid_request refused");
}

TEST_F(OauthBridge, finds_a_key_that_is_new_and_lets_go_of_one_that_is_withdrawn) {
  const SigningKey second = SigningKey::ec("second");
  const auto issuer =
      serve([&](std::size_t n) { return reply(200, key_set({n == 1 ? key.jwk() : second.jwk()})); });
  const auto bridge = open(config(*issuer));
  EXPECT_EQ(log_in(*bridge, message(good)), "ann");
  EXPECT_EQ(log_in(*bridge, message(second.token(good_claims(), "ES256"))), "ann");
  EXPECT_EQ(log_in(*bridge, message(good)), "invalid_token refused");
  EXPECT_EQ(issuer->requests(), 2u);
}

TEST_F(OauthBridge, does_not_let_strangers_wear_out_the_issuer) {
  const auto issuer = serve(key_set({key.jwk()}));
  const auto bridge = open(config(*issuer, {{"refetchSeconds", 3'600}}));
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(log_in(*bridge, message(SigningKey::ec("k" + std::to_string(i)).token(good_claims(), "ES256"))),
              "invalid_token refused");
  EXPECT_EQ(issuer->requests(), 2u);
}

TEST_F(OauthBridge, opens_with_no_issuer_that_gives_no_keys_and_says_why) {
  const auto elsewhere = serve(key_set({key.jwk()}));
  const std::pair<FakeApiServer::Reply, const char*> cases[] = {
      {reply(500, "{}"), "it answers with status 500"},
      {reply(404, key_set({key.jwk()})), "it answers with status 404"},
      {reply(200, "<html>sign in</html>", "text/html"), "it is no JWK Set"},
      {reply(200, key_set({})), "it has no public key for one of the algorithms"},
      {reply(200, std::string(oauth_bridge::max_key_set_bytes + 1, ' ')), "it sends more than 262144 bytes"},
      {{.bytes =
            "HTTP/1.1 302 Found\r\nLocation: " + elsewhere->url() + "/keys\r\nContent-Length: 0\r\n\r\n"},
       "it redirects (302), which is not followed"},
      {{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"keys\"", .close = true},
       "the issuer's keys at"},
      {{.bytes = "HTTP/1.1 200 OK\r\nX-Long: " + std::string(100'000, 'x') + "\r\n\r\n"},
       "the issuer's keys at"},
      {{.bytes = "\x05nonsense\r\n\r\n", .close = true}, "the issuer's keys at"},
  };
  for (const auto& [answer, why] : cases) {
    const auto issuer = serve([answer](std::size_t) { return answer; });
    const std::string reason = fault(config(*issuer));
    EXPECT_THAT(reason, HasSubstr(why));
    EXPECT_THAT(reason, HasSubstr(issuer->url() + "/keys: "));
  }
  EXPECT_EQ(elsewhere->requests(), 0u) << "a redirect was followed";
}

TEST_F(OauthBridge, takes_as_many_bytes_as_may_be) {
  std::string body = key_set({key.jwk()});
  body.resize(oauth_bridge::max_key_set_bytes, ' ');
  const auto issuer = serve(body);
  EXPECT_EQ(log_in(*open(config(*issuer)), message(good)), "ann");
}

TEST_F(OauthBridge, believes_no_certificate_of_another_authority) {
  const auto issuer = serve(key_set({key.jwk()}));
  trust(make_certificate("somebody else", 3));
  EXPECT_THAT(fault(config(*issuer)), HasSubstr("its certificate is refused"));
  std::filesystem::remove(secrets / "issuer" / "ca.crt");
  EXPECT_THAT(fault(config(*issuer)), HasSubstr("caFile cannot be read"));
  json system = config(*issuer);
  system.erase("caFile");
  EXPECT_THAT(fault(system), HasSubstr("its certificate is refused"));
  EXPECT_EQ(issuer->requests(), 0u);
}

TEST_F(OauthBridge, does_not_wait_for_an_issuer_that_is_slow_to_open) {
  std::latch let_go{1};
  const auto issuer = serve([&](std::size_t) {
    let_go.wait();
    return reply(200, "{}");
  });
  EXPECT_THAT(fault(config(*issuer), 250ms), HasSubstr("it did not answer within 200 ms"));
  let_go.count_down();
}

TEST_F(OauthBridge, is_slow_with_an_unknown_key_alone_where_the_issuer_is_slow) {
  std::latch let_go{1};
  const auto issuer = serve([&](std::size_t n) {
    if (n > 1) let_go.wait();
    return reply(200, key_set({key.jwk()}));
  });
  const auto bridge = open(config(*issuer));
  const std::string unknown = message(SigningKey::ec("other").token(good_claims(), "ES256"));
  std::vector<std::unique_ptr<Exchange>> crowd;
  Waiting waiting;
  // More than the bridge has threads.
  for (int i = 0; i < 50; ++i) {
    crowd.push_back(std::make_unique<Exchange>(*bridge, Exchange::Client{"realm", "peer"}));
    crowd.back()->start("OAUTHBEARER", Secret(unknown), waiting.done());
  }
  EXPECT_EQ(log_in(*bridge, message(good)), "ann");
  EXPECT_EQ(waiting.answers(), 0u);
  // Half of them vanish, and are given up at once.
  for (std::size_t i = 0; i < crowd.size(); i += 2) crowd[i].reset();
  EXPECT_EQ(log_in(*bridge, message(good)), "ann");
  let_go.count_down();
  for (std::size_t i = 0; i < crowd.size() / 2; ++i) EXPECT_EQ(waiting.get(i).verdict, Verdict::proceed);
  EXPECT_EQ(issuer->requests(), 2u);
  crowd.clear();
  EXPECT_TRUE(bridge->close());
  EXPECT_EQ(bridge->counts().unexpected_answers, 0u);
  EXPECT_EQ(bridge->counts().unanswered, 0u);
}

TEST_F(OauthBridge, cannot_tell_of_an_unknown_key_where_the_issuer_is_gone) {
  const auto issuer =
      serve([&](std::size_t n) { return n == 1 ? reply(200, key_set({key.jwk()})) : reply(503, ""); });
  const auto bridge = open(config(*issuer));
  const std::string unknown = message(SigningKey::ec("other").token(good_claims(), "ES256"));
  EXPECT_THAT(log_in(*bridge, unknown), HasSubstr("it answers with status 503"));
  EXPECT_THAT(log_in(*bridge, unknown), HasSubstr("it answers with status 503")) << "nor asked again at once";
  EXPECT_EQ(log_in(*bridge, message(good)), "ann") << "by the keys that are kept";
  EXPECT_TRUE(bridge->health().up);
}

TEST_F(OauthBridge, is_down_when_its_keys_have_grown_too_old) {
  std::promise<void> failed;
  const auto issuer = serve([&](std::size_t n) {
    if (n == 3) failed.set_value();
    return n == 1 ? reply(200, key_set({key.jwk()})) : reply(503, "");
  });
  // A second after the first fetch comes one that fails, and by then the keys count no more.
  const auto bridge = open(config(*issuer, {{"refreshSeconds", 1}, {"keepSeconds", 1}}));
  failed.get_future().wait();
  EXPECT_THAT(log_in(*bridge, message(good)), HasSubstr("it answers with status 503"));
  while (bridge->health().up) std::this_thread::yield();
  EXPECT_THAT(bridge->health().reason, HasSubstr("it answers with status 503"));
}

TEST_F(OauthBridge, keeps_to_the_rules_of_plugins) {
  const auto issuer = serve(key_set({key.jwk()}));
  for (const Finding& finding :
       check_conformance(Library::load(directory, "oauth").value(), options(config(*issuer))))
    EXPECT_TRUE(finding.good) << finding.what;
}

}  // namespace
}  // namespace doorward::plugins
