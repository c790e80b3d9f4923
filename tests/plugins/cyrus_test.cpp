// The bridge to Cyrus SASL without Kerberos: Cyrus' own SCRAM and PLAIN on a password file of its own make
// (sasldb), with Cyrus' client on the other side. Kerberos has tests/integration/cyrus_test.py.
#include "plugins/host/conformance.hpp"
#include "server/delegate/sasl_client.hpp"
#include "tests/plugins/scripted.hpp"

#include <cstdio>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward::plugins {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// This is build/PRESET/tests/plugins/plugin_cyrus_test.
const std::filesystem::path directory =
    std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../../plugins";

class Cyrus : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v saslpasswd2 > /dev/null") != 0)
      GTEST_SKIP() << "saslpasswd2 is not installed: deploy/setup tests";
    std::filesystem::create_directories(folder_);
    const std::string command = "saslpasswd2 -f " + database_ + " -c -p -u messaging.example.test ann";
    FILE* program = popen(command.c_str(), "w");
    ASSERT_NE(program, nullptr);
    std::fputs("pencil", program);
    ASSERT_EQ(pclose(program), 0);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  BridgeOptions options(std::string_view mechanisms) const {
    return {.service = "infra/kerberos",
            .config = R"({"mechanisms": [)" + std::string(mechanisms) +
                      R"(], "serverFQDN": "messaging.example.test", "options": {"sasldb_path": ")" +
                      database_ + R"(", "auxprop_plugin": "sasldb"}})",
            .secrets = folder_,
            .time_limit = patience,
            .close_grace = patience,
            .log = {}};
  }
  static std::shared_ptr<const Library> library() { return Library::load(directory, "cyrus").value(); }

  // One login with Cyrus' client, to its end.
  static Answer log_in(const Bridge& bridge, const std::string& mechanism, const std::string& user,
                       const std::string& password) {
    auto client = delegate::SaslClient::make("messaging.example.test", user, Secret(password)).value();
    auto begin = client.begin(std::vector{mechanism}, mechanism).value();
    Exchange exchange(bridge, {"away", "peer"});
    Waiting waiting;
    std::optional<Secret> initial;
    if (begin.initial_response) initial.emplace(*begin.initial_response);
    exchange.start(mechanism, std::move(initial), waiting.done());
    Answer answer = waiting.get();
    for (std::size_t n = 1; answer.verdict == Verdict::proceed; ++n) {
      const auto response = client.done() ? Result<std::string>("") : client.step(answer.challenge);
      if (!response) return {.verdict = Verdict::fault, .reason = response.error().message};
      exchange.step(Secret(*response), waiting.done());
      answer = waiting.get(n);
    }
    return answer;
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("cyrus-" + std::to_string(getpid()));
  const std::string database_ = folder_ / "sasldb";
};

TEST_F(Cyrus, lets_in_whom_a_mechanism_proves) {
  const Bridge bridge(library(), options(R"("SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN")"));
  ASSERT_TRUE(bridge.wait_for_health(patience).up) << bridge.health().reason;
  EXPECT_THAT(bridge.mechanisms(), ElementsAre("SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"));
  for (const std::string mechanism : {"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"}) {
    const Answer let_in = log_in(bridge, mechanism, "ann", "pencil");
    EXPECT_EQ(let_in.verdict, Verdict::accepted) << mechanism << let_in.reason;
    EXPECT_EQ(let_in.identity, "ann");
    EXPECT_FALSE(let_in.rights_given);
    EXPECT_EQ(log_in(bridge, mechanism, "ann", "Pencil").verdict, Verdict::refused) << mechanism;
    EXPECT_EQ(log_in(bridge, mechanism, "zoe", "pencil").verdict, Verdict::refused) << mechanism;
  }
}

TEST_F(Cyrus, speaks_no_mechanism_that_nobody_named) {
  const Bridge bridge(library(), options(R"("SCRAM-SHA-256")"));
  ASSERT_TRUE(bridge.wait_for_health(patience).up) << bridge.health().reason;
  EXPECT_THAT(bridge.mechanisms(), ElementsAre("SCRAM-SHA-256"));
  for (const std::string mechanism : {"PLAIN", "ANONYMOUS", "SCRAM-SHA-1", "LOGIN"}) {
    Exchange exchange(bridge, {"away", "peer"});
    Waiting waiting;
    exchange.start(mechanism, Secret(std::string("\0ann\0pencil", 11)), waiting.done());
    EXPECT_EQ(waiting.get().verdict, Verdict::refused) << mechanism;
  }
}

TEST_F(Cyrus, serves_many_at_once) {
  const Bridge bridge(library(), options(R"("SCRAM-SHA-1")"));
  ASSERT_TRUE(bridge.wait_for_health(patience).up) << bridge.health().reason;
  ASSERT_EQ(log_in(bridge, "SCRAM-SHA-1", "ann", "pencil").verdict, Verdict::accepted);
  std::atomic<int> let_in = 0, refused = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 8; ++i) {
      clients.emplace_back([&] {
        let_in += log_in(bridge, "SCRAM-SHA-1", "ann", "pencil").verdict == Verdict::accepted ? 1 : 0;
        refused += log_in(bridge, "SCRAM-SHA-1", "ann", "x").verdict == Verdict::refused ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(let_in, 8);
  EXPECT_EQ(refused, 8);
}

TEST_F(Cyrus, keeps_to_the_rules_of_plugins) {
  for (const Finding& finding : check_conformance(library(), options(R"("SCRAM-SHA-256", "PLAIN")")))
    EXPECT_TRUE(finding.good) << finding.what;
}

TEST_F(Cyrus, says_what_is_wrong_with_its_configuration) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({})", "config.mechanisms is required"},
      {R"({"mechanisms": []})", "config.mechanisms is required"},
      {R"({"mechanisms": ["gssapi"]})", "config.mechanisms must be names of SASL mechanisms"},
      {R"({"mechanisms": ["GSSAPI", "GSSAPI"]})", "config.mechanisms names one twice"},
      {R"({"mechanisms": ["GSSAPI"]})", "config.serverFQDN is required"},
      {R"({"mechanisms": ["GSSAPI"], "serverFQDN": "a@b"})", "must not contain / or @"},
      {R"({"mechanisms": ["GSSAPI"], "serverFQDN": "a", "service": "a/b"})", "must not contain / or @"},
      {R"({"mechanisms": ["GSSAPI"], "serverFQDN": "a", "keytab": "x"})", "config.keytab must be SECRET/KEY"},
      {R"({"mechanisms": ["GSSAPI"], "serverFQDN": "a", "keytab": "../x"})",
       "config.keytab must be SECRET/KEY"},
      {R"({"mechanisms": ["GSSAPI"], "serverFQDN": "a", "keytab": "a/b/c"})",
       "config.keytab must be SECRET/KEY"},
      {R"({"mechanisms": ["GSSAPI"], "serverFQDN": "a", "keytab": "k/k"})", "there is no key for amqp/a in "},
      {R"({"mechanisms": ["GSSAPI"], "serverFQDN": "a", "replayCache": "x"})", "must be the path of a file"},
      {R"({"mechanisms": ["PLAIN"], "serverFQDN": "a", "keytab": "k/k"})", "beside GSSAPI only"},
      {R"({"mechanisms": ["PLAIN"], "serverFQDN": "a", "realm": "x"})", "config.realm is no setting"},
      {R"({"mechanisms": ["PLAIN"], "serverFQDN": "a", "options": {"x": 1}})",
       "config.options.x must be a string"},
      {R"({"mechanisms": ["PLAIN"], "serverFQDN": "a", "options": {"mech_list": "x"}})",
       "a setting of the bridge"},
      {R"({"mechanisms": ["X-NOWHERE"], "serverFQDN": "a"})", "cannot do X-NOWHERE"},
      {R"([])", "is no JSON object"},
  };
  for (const auto& [config, why] : cases) {
    BridgeOptions wrong = options(R"("PLAIN")");
    wrong.config = config;
    const Bridge bridge(library(), std::move(wrong));
    const Health health = bridge.wait_for_health(patience);
    EXPECT_FALSE(health.up) << config;
    EXPECT_THAT(health.reason, HasSubstr(why)) << config;
  }
}

}  // namespace
}  // namespace doorward::plugins
