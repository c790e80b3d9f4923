// `doorward login` as a person or a script calls it, against a scripted service.
#include "server/amqp/wire/frame.hpp"
#include "server/amqp/wire/sasl.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/complaint.hpp"
#include "tests/server/delegate/scripted_peer.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace doorward {
namespace {

using delegate::ScriptedPeer;
using delegate::Talk;
using testing::HasSubstr;
using testing::Not;

// What the command printed and how it ended.
struct Called {
  int exit_code = -1;
  std::string out, err;
};

Called call(std::vector<std::string> arguments) {
  std::ostringstream out;
  std::ostringstream err;
  std::streambuf* const cout = std::cout.rdbuf(out.rdbuf());
  std::streambuf* const cerr = std::cerr.rdbuf(err.rdbuf());
  CLI::App app;
  Called called;
  add_login_command(app, called.exit_code);
  std::ranges::reverse(arguments);  // as CLI11 takes them
  arguments.emplace_back("login");
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    called.err = complaint(app, error);
  }
  std::cout.rdbuf(cout);
  std::cerr.rdbuf(cerr);
  called.out = out.str();
  called.err += err.str();
  return called;
}

class LoginCommand : public testing::Test {
 protected:
  LoginCommand()
      : password_file_(std::filesystem::temp_directory_path() /
                       ("doorward-login-" + std::to_string(getpid()))) {
    std::ofstream(password_file_) << "pencil\n";
  }
  ~LoginCommand() override { std::filesystem::remove(password_file_); }

  Called log_in(const ScriptedPeer& peer, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{
        "--host",          "127.0.0.1:" + peer.port(), "--realm", "a-space", "--user", "user",
        "--password-file", password_file_.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return call(arguments);
  }

  std::filesystem::path password_file_;
};

ScriptedPeer::Script answer(const Authorization& authorization) {
  return [=](Talk& talk) {
    talk.greet(wire::sasl_header);
    talk.offer({"PLAIN", "ANONYMOUS"});
    const std::string init = talk.frame();
    EXPECT_EQ(wire::parse_sasl_init(init)->initial_response, std::string_view("\0user\0pencil", 12));
    talk.outcome(SaslCode::ok);
    talk.tell_identity("user", authorization);
  };
}

void refuse(Talk& talk) {
  talk.greet(wire::sasl_header);
  talk.offer({"PLAIN"});
  talk.frame();
  talk.outcome(SaslCode::auth);
}

TEST_F(LoginCommand, ShowsWhoTheClientIsAndWhatItMayDo) {
  Authorization authorization;
  authorization.groups = {"manage", "monitor"};
  authorization.addresses = {{"queue/*", {.send = true, .recv = true}},
                             {"\x1b[2J", {.send = true, .recv = false}}};
  ScriptedPeer peer(answer(authorization));
  const Called called = log_in(peer);
  EXPECT_EQ(called.exit_code, 0) << called.err;
  EXPECT_THAT(called.out,
              HasSubstr("let in as \"user\" by PLAIN\ngroups: \"manage\" \"monitor\"\naddresses:\n"));
  EXPECT_THAT(called.out, HasSubstr("  \"queue/*\": \"send\" \"recv\"\n"));
  EXPECT_THAT(called.out, Not(HasSubstr("\x1b"))) << "a terminal would obey it";
}

TEST_F(LoginCommand, TellsNoRightFromNoLimit) {
  ScriptedPeer none(answer({}));
  EXPECT_THAT(log_in(none).out, HasSubstr("groups: none\naddresses: none\n"));

  ScriptedPeer unlimited([](Talk& talk) {
    talk.greet(wire::sasl_header);
    talk.offer({"PLAIN"});
    talk.frame();
    talk.outcome(SaslCode::ok);
    talk.greet(wire::amqp_header);
    talk.frame();
    const Authorization everything = {.groups = {"manage"}, .limited = false, .addresses = {}};
    talk.send(encode(wire::OpenReply{"c", "user", &everything, false}) + wire::encode_close());
  });
  EXPECT_THAT(log_in(unlimited).out, HasSubstr("addresses: all; the service sets no limit"));
}

TEST_F(LoginCommand, SpeaksJsonForScripts) {
  Authorization authorization;
  authorization.groups = {"manage"};
  authorization.addresses = {{"q", {.send = false, .recv = true}}};
  ScriptedPeer peer(answer(authorization));
  const Called called = log_in(peer, {"-o", "json"});
  EXPECT_EQ(called.exit_code, 0) << called.err;
  EXPECT_EQ(nlohmann::json::parse(called.out), nlohmann::json::parse(R"({
    "outcome": "ok", "mechanism": "PLAIN", "offered": ["PLAIN", "ANONYMOUS"],
    "authenticated-identity": {"sub": "user", "preferred_username": "user"},
    "groups": ["manage"], "address-authz": {"q": ["recv"]}})"));
}

TEST_F(LoginCommand, EndsWithOneWhereTheServiceRefuses) {
  ScriptedPeer peer(refuse);
  const Called called = log_in(peer);
  EXPECT_EQ(called.exit_code, 1);
  EXPECT_EQ(called.out, "refused (auth) by PLAIN\n");
  EXPECT_THAT(called.err, HasSubstr("its log does"));

  ScriptedPeer again(refuse);
  const Called json = log_in(again, {"-o", "json"});
  EXPECT_EQ(json.exit_code, 1);
  EXPECT_EQ(nlohmann::json::parse(json.out)["outcome"], "auth");
}

TEST_F(LoginCommand, EndsWithTwoWhereTheServiceCannotBeAsked) {
  ScriptedPeer peer([](Talk&) {});
  const Called called = log_in(peer, {"-o", "json"});
  EXPECT_EQ(called.exit_code, 2);
  EXPECT_TRUE(nlohmann::json::parse(called.out)["outcome"].is_null());
  EXPECT_THAT(called.err, Not(HasSubstr("pencil")));
}

TEST_F(LoginCommand, LogsInAnonymouslyWithoutAUser) {
  ScriptedPeer peer([](Talk& talk) {
    talk.greet(wire::sasl_header);
    talk.offer({"PLAIN", "ANONYMOUS"});
    const std::string init = talk.frame();
    EXPECT_EQ(wire::parse_sasl_init(init)->mechanism, "ANONYMOUS");
    talk.outcome(SaslCode::ok);
    talk.tell_identity("anonymous", {});
  });
  const Called called = call({"--host", "127.0.0.1:" + peer.port(), "--realm", "a-space"});
  EXPECT_EQ(called.exit_code, 0) << called.err;
  EXPECT_THAT(called.out, HasSubstr("let in as \"anonymous\" by ANONYMOUS"));
}

TEST_F(LoginCommand, TakesTheNameOfAMechanismInLowerCase) {
  ScriptedPeer peer(answer({}));
  const Called called = log_in(peer, {"--mechanism", "plain"});
  EXPECT_EQ(called.exit_code, 0) << called.err;
  EXPECT_THAT(called.out, HasSubstr("by PLAIN"));
}

TEST_F(LoginCommand, TakesATokenOf16KibibytesForAPassword) {
  const auto sent = [&](std::size_t bytes) {
    std::ofstream(password_file_) << std::string(bytes, 't') << "\n";
    std::size_t received = 0;
    ScriptedPeer peer([&](Talk& talk) {
      talk.greet(wire::sasl_header);
      talk.offer({"PLAIN"});
      const std::string init = talk.frame();
      const auto parsed = wire::parse_sasl_init(init);
      if (parsed && parsed->initial_response) received = parsed->initial_response->size();
      talk.outcome(SaslCode::auth);
    });
    const Called called = log_in(peer);
    return called.exit_code == 1 ? std::to_string(received) : called.err;
  };
  EXPECT_EQ(sent(16'384), std::to_string(16'384 + 6)) << "with user and two NULs before it";
}

TEST_F(LoginCommand, RefusesAPasswordThatIsLongerThanAToken) {
  std::ofstream(password_file_) << std::string(16'385, 't') << "\n";
  const Called called = call({"--user", "user", "--password-file", password_file_.string()});
  EXPECT_EQ(called.exit_code, 2);
  EXPECT_THAT(called.err, HasSubstr("longer than 16384 bytes"));
}

TEST_F(LoginCommand, RefusesWhatCannotBeMeant) {
  const struct {
    std::string what;
    std::vector<std::string> arguments;
    std::string why;
  } cases[] = {
      {"a host without a port", {"--host", "localhost"}, "is not HOST:PORT"},
      {"PLAIN without a user", {"--mechanism", "PLAIN"}, "say which by --user"},
      {"a password without a user", {"--password-file", "-"}, "--user"},
      {"a password file that is not there",
       {"--user", "u", "--password-file", "/does/not/exist"},
       "can not be opened"},
      {"a certificate without its key", {"--cert", "x"}, "--key"},
      {"a key without its certificate", {"--key", "x"}, "--cert"},
      {"a CA file that is not there", {"--ca", "/does/not/exist"}, "Give --ca a PEM file"},
      {"an unknown format", {"-o", "yaml"}, "text or json"},
      {"no time at all", {"--timeout", "0"}, "timeout"},
      {"an unknown option", {"--password", "pencil"}, "--password"},
  };
  for (const auto& c : cases) {
    const Called called = call(c.arguments);
    EXPECT_NE(called.exit_code, 0) << c.what;
    EXPECT_NE(called.exit_code, 1) << c.what;
    EXPECT_THAT(called.err, HasSubstr(c.why)) << c.what;
    EXPECT_THAT(called.err, Not(HasSubstr("pencil"))) << c.what;
  }
}

}  // namespace
}  // namespace doorward
