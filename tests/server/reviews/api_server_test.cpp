// How the API server is found and whom it is taken for: in a pod, by a kubeconfig, by settings; by which CA;
// and that files which are swapped count at once.
#include "server/client/api_server.hpp"

#include "store/model/base64.hpp"
#include "tests/server/reviews/review_house.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::HasSubstr;

class Found : public ReviewHouse {
 protected:
  // Says who we are to the server: `TOKEN CERTIFICATE`.
  FakeApiServer server{
      certificate(), [](const FakeApiServer::Request& request) {
        const std::size_t at = request.head.find("Bearer ");
        const std::string token =
            at == std::string::npos ? "-" : request.head.substr(at + 7, request.head.find('\r', at) - at - 7);
        const std::string client = request.client.empty() ? "-" : request.client;
        return reply(201, token_review(authenticated(token + ' ' + client)));
      }};

  // A context of its own, with what a test puts into the cluster and the user.
  void write_kubeconfig(const std::string& cluster, const std::string& user) const {
    write_kubeconfig(server.url(), cluster, user);
  }
  void write_kubeconfig(const std::string& url, const std::string& cluster, const std::string& user) const {
    write("kubeconfig",
          "apiVersion: v1\nkind: Config\ncurrent-context: mine\ncontexts:\n"
          "- {name: other, context: {cluster: nowhere, user: nobody}}\n"
          "- {name: mine, context: {cluster: here, user: me}}\n"
          "clusters:\n- name: here\n  cluster: {server: '" +
              url + "', " + cluster + "}\nusers:\n- name: me\n  user: {" + user + "}\n");
  }
  ReviewSettings by_kubeconfig() const {
    ReviewSettings settings = this->settings("");
    settings.server = {.server = {},
                       .ca = {},
                       .client_certificate = {},
                       .client_key = {},
                       .token_file = {},
                       .kubeconfig = folder / "kubeconfig"};
    settings.memory.unknown_for = std::chrono::milliseconds(0);
    return settings;
  }
  // What the source says, or why not.
  std::string fault(const ApiServerSettings& settings) const {
    const auto read = ApiServerSource(settings).read();
    return read ? "" : read.error().message;
  }
};

TEST_F(Found, in_a_pod) {
  std::map<std::string, std::string> environment = {{"KUBERNETES_SERVICE_HOST", "10.96.0.1"},
                                                    {"KUBERNETES_SERVICE_PORT", "443"}};
  const auto look = [&](const char* name) -> const char* {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  };
  EXPECT_FALSE(settings_in_pod(look, folder)) << "no token";
  write("token", "t");
  const auto settings = settings_in_pod(look, folder);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->server, "https://10.96.0.1:443");
  EXPECT_EQ(settings->ca, folder / "ca.crt");
  EXPECT_EQ(settings->token_file, folder / "token");
  environment["KUBERNETES_SERVICE_HOST"] = "fd00::1";
  EXPECT_EQ(settings_in_pod(look, folder)->server, "https://[fd00::1]:443");
  environment.erase("KUBERNETES_SERVICE_HOST");
  EXPECT_FALSE(settings_in_pod(look, folder)) << "no host";
}

TEST_F(Found, by_settings_with_a_token_or_a_certificate) {
  const Credential me = make_certificate("doorward", 3, &authority);
  write("me.crt", pem(me));
  write("me.key", pem(me.key));
  write("token", "ours");
  ReviewSettings settings = this->settings(server.url());
  settings.server.token_file = folder / "token";
  settings.server.client_certificate = folder / "me.crt";
  settings.server.client_key = folder / "me.key";
  Reviewer reviewer(settings);
  EXPECT_EQ(ask(reviewer, "t"), "ours doorward");
}

TEST_F(Found, by_a_kubeconfig_with_paths) {
  write("token", "ours");
  write_kubeconfig("certificate-authority: ca.crt", "tokenFile: token, token: not this one");
  Reviewer reviewer(by_kubeconfig());
  EXPECT_EQ(ask(reviewer, "t"), "ours -");
}

TEST_F(Found, by_a_kubeconfig_with_everything_in_it) {
  const Credential me = make_certificate("doorward", 3, &authority);
  write_kubeconfig("certificate-authority-data: " + base64_encode(pem(authority)),
                   "token: ours, client-certificate-data: " + base64_encode(pem(me)) +
                       ", client-key-data: " + base64_encode(pem(me.key)));
  Reviewer reviewer(by_kubeconfig());
  EXPECT_EQ(ask(reviewer, "t"), "ours doorward");
}

// The certificate of the tests is one for localhost and 127.0.0.1.
TEST_F(Found, by_a_kubeconfig_under_the_name_that_it_gives) {
  const FakeApiServer elsewhere(
      certificate(),
      [](const FakeApiServer::Request& request) {
        const std::size_t at = request.head.find("Host: ") + 6;
        const std::string host = request.head.substr(at, request.head.find('\r', at) - at);
        return reply(201, token_review(authenticated(request.server_name + " at " + host)));
      },
      "127.0.0.2");
  const std::string host = elsewhere.url().substr(std::string_view("https://").size());
  for (const auto& [name, shown] : {std::pair("localhost", "localhost"),
                                    std::pair("127.0.0.1", "")}) {  // an address is no SNI (RFC 6066)
    write_kubeconfig(elsewhere.url(), "certificate-authority: ca.crt, tls-server-name: " + std::string(name),
                     "token: t");
    Reviewer reviewer(by_kubeconfig());
    EXPECT_EQ(ask(reviewer, "t"), std::string(shown) + " at " + host) << name;
  }
  const std::size_t asked = elsewhere.requests();
  write_kubeconfig(elsewhere.url(), "certificate-authority: ca.crt, tls-server-name: other.example",
                   "token: t");
  Reviewer reviewer(by_kubeconfig());
  EXPECT_EQ(ask(reviewer, "t"), "sys_temp review_certificate");
  EXPECT_EQ(elsewhere.requests(), asked) << "no token was sent";
}

TEST_F(Found, by_no_kubeconfig_that_asks_for_more_or_says_nothing) {
  const std::string ca = "certificate-authority: ca.crt";
  struct {
    const char* behaviour;
    std::string cluster, user, fault;
  } const cases[] = {
      {"an unverified server", "insecure-skip-tls-verify: true", "token: t", "insecure-skip-tls-verify"},
      {"a name that is none", ca + ", tls-server-name: 'a/b'", "token: t",
       "tls-server-name \"a/b\" is no name"},
      {"a proxy", ca + ", proxy-url: 'http://x'", "token: t", "proxy-url"},
      {"a program", ca, "exec: {command: x}", "give the user a token"},
      {"a password", ca, "username: a, password: b", "give the user a token"},
      {"data that is no base64", "certificate-authority-data: '!'", "token: t", "is no base64"},
      {"a token that is a number", ca, "token: 7", "token must be text"},
      {"a token that is none", ca, "token: \"a b\"", "is no token"},
      {"a file that is gone", "certificate-authority: gone.crt", "token: t", "gone.crt\" cannot be read"},
  };
  for (const auto& c : cases) {
    write_kubeconfig(c.cluster, c.user);
    EXPECT_THAT(fault(by_kubeconfig().server), HasSubstr(c.fault)) << c.behaviour;
  }
  const std::pair<const char*, const char*> texts[] = {
      {"", "it must be one document"},
      {"a: b\na: secret", "look at line 2"},
      {"a: b", "has no current-context"},
      {"current-context: x", "context \"x\" is not in it"},
      {"[]", "is no kubeconfig"},
      {"{current-context: x, contexts: [{name: x, context: {cluster: y}}], clusters: [{name: y, cluster: "
       "{server: 'http://x'}}], users: [{name: '', user: {}}]}",
       "would send tokens unprotected"},
  };
  for (const auto& [text, wrong] : texts) {
    write("kubeconfig", text);
    EXPECT_THAT(fault(by_kubeconfig().server), HasSubstr(wrong)) << text;
  }
  std::filesystem::remove(folder / "kubeconfig");
  EXPECT_THAT(fault(by_kubeconfig().server), HasSubstr("cannot be read"));
}

TEST_F(Found, by_no_url_that_is_none) {
  for (const char* url : {"https://10.96.0.1:443", "https://[fd00::1]:6443", "https://kubernetes.default.svc",
                          "https://h:1/k8s/clusters/c-1"}) {
    EXPECT_EQ(fault_of_server(url), "") << url;
  }
  for (const char* url : {"", "https://", "https://:443", "https:///x", "ftp://h", "h:443", "https://me@h",
                          "https://h?x", "https://h#x", "https://h x", "https://h\\x", "https://h\n"}) {
    EXPECT_THAT(fault_of_server(url), HasSubstr("https://HOST:PORT")) << url;
  }
  EXPECT_THAT(fault_of_server("http://h"), HasSubstr("unprotected"));
}

// ---- whom it is taken for

TEST_F(Found, but_not_believed_with_a_certificate_of_another_ca) {
  write("ca.crt", pem(make_certificate("authority of others", 1)));
  Reviewer reviewer(settings(server.url()));
  EXPECT_EQ(ask(reviewer, "t"), "sys_temp review_certificate");
  EXPECT_EQ(server.requests(), 0u) << "no token was sent";
}

TEST_F(Found, but_not_believed_by_the_systems_cas) {
  ReviewSettings by_the_system = settings(server.url());
  by_the_system.server.ca.clear();
  Reviewer reviewer(by_the_system);
  EXPECT_EQ(ask(reviewer, "t"), "sys_temp review_certificate");
  EXPECT_EQ(server.requests(), 0u);
}

TEST_F(Found, but_not_believed_under_another_name) {
  const FakeApiServer elsewhere(
      certificate(), [](const FakeApiServer::Request&) { return reply(500, ""); }, "127.0.0.2");
  Reviewer reviewer(settings(elsewhere.url()));
  EXPECT_EQ(ask(reviewer, "t"), "sys_temp review_certificate");
  EXPECT_EQ(elsewhere.requests(), 0u);
}

TEST_F(Found, but_not_asked_where_a_ca_is_none) {
  write("ca.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  Reviewer reviewer(settings(server.url()));
  EXPECT_EQ(ask(reviewer, "t"), "sys_temp review_misconfigured");
  EXPECT_EQ(server.requests(), 0u);
}

// ---- files that are swapped

TEST_F(Found, anew_with_each_token_of_ours) {
  write("token", "first");
  ReviewSettings settings = this->settings(server.url());
  settings.server.token_file = folder / "token";
  Reviewer reviewer(settings);
  EXPECT_EQ(ask(reviewer, "1"), "first -");
  write("token", "second");
  EXPECT_EQ(ask(reviewer, "2"), "second -");
  write("token", "");
  EXPECT_EQ(ask(reviewer, "3"), "second -") << "the last good one";
  std::filesystem::remove(folder / "token");
  EXPECT_EQ(ask(reviewer, "4"), "second -");
  write("token", "third");
  EXPECT_EQ(ask(reviewer, "5"), "third -");
}

TEST_F(Found, anew_with_another_ca) {
  const Credential others = make_certificate("authority of others", 1);
  ReviewSettings settings = this->settings(server.url());
  settings.memory.unknown_for = std::chrono::milliseconds(0);
  Reviewer reviewer(settings);
  EXPECT_EQ(ask(reviewer, "1"), "- -");
  write("ca.crt", pem(others));
  EXPECT_EQ(ask(reviewer, "2"), "sys_temp review_certificate") << "not over the old connection";
  write("ca.crt", pem(others) + pem(authority));
  EXPECT_EQ(ask(reviewer, "3"), "- -");
}

TEST_F(Found, too_late_with_a_file_that_is_not_there_at_first) {
  ReviewSettings settings = this->settings(server.url());
  settings.server.token_file = folder / "token";
  settings.memory.unknown_for = std::chrono::milliseconds(0);
  Reviewer reviewer(settings);
  EXPECT_EQ(ask(reviewer, "1"), "sys_temp review_misconfigured");
  write("token", "ours");
  EXPECT_EQ(ask(reviewer, "1"), "ours -");
}

}  // namespace
}  // namespace doorward
