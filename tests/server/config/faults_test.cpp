// Every way in which a configuration file can be wrong, the line that is blamed for it and the words.
#include "tests/server/config/config_folder.hpp"

#include <gmock/gmock.h>

namespace doorward {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class ConfigFaults : public ConfigFolder {};

struct Case {
  const char* behaviour;
  std::string text;
  std::string fault;  // empty: there is none
};

TEST_F(ConfigFaults, one_wrong_setting_is_one_fault_with_its_line) {
  const Case cases[] = {
      {"an empty file is the defaults", "", ""},
      {"a file of comments is the defaults", "# nothing\n", ""},
      {"an empty section is the defaults", "limits:\nlog:\n", ""},

      {"an unknown setting, with the one that was meant", "\nlimts:\n  connections: 1\n",
       "doorward.yaml:2: limts: is no setting: did you mean limits?"},
      {"an unknown setting like no other", "colour: blue\n",
       "doorward.yaml:1: colour: is no setting: known here are dataDir, secretsDir, pluginsDir, threads, "
       "infraNamespace, resources, amqp, health, audit, tls, https, limits, credentials, tokenReview, log"},
      {"an unknown setting in a section", "log:\n  level: info\n  fromat: json\n",
       "doorward.yaml:3: log.fromat: is no setting: did you mean format?"},
      {"an unknown setting of a listener", "amqp:\n  listeners:\n  - address: 127.0.0.1:0\n    TLS: false\n",
       "doorward.yaml:4: amqp.listeners[0].TLS: is no setting: known here are address, tls, "
       "authenticationService, realm, allowPlainWithoutTls, clientCertificates"},

      {"a second document", "threads: 1\n---\nthreads: 2\n",
       "doorward.yaml:3: begins a second document: the configuration is one"},
      {"text for a section", "limits: many\n", "doorward.yaml:1: limits: must be a mapping, not text"},
      {"a mapping for a list", "amqp:\n  listeners:\n    address: 127.0.0.1:0\n",
       "doorward.yaml:2: amqp.listeners: must be a list, not a mapping"},
      {"text for a listener", "amqp:\n  listeners:\n  - 127.0.0.1:5672\n",
       "doorward.yaml:3: amqp.listeners[0]: must be a mapping, not text"},
      {"a number for text", "dataDir: 5\n", "doorward.yaml:1: dataDir: must be text, not a number"},
      {"text for a switch", "resources:\n  prune: maybe\n",
       "doorward.yaml:2: resources.prune: must be true or false, not text"},
      {"text for a number", "threads: two\n",
       "doorward.yaml:1: threads: must be a whole number from 0 to 256"},
      {"a fraction for a number", "threads: 1.5\n",
       "doorward.yaml:1: threads: must be a whole number from 0 to 256"},

      {"a number at its upper bound", "threads: 256\n", ""},
      {"a number above its upper bound", "threads: 257\n",
       "doorward.yaml:1: threads: must be a whole number from 0 to 256"},
      {"a number below zero", "threads: -1\n",
       "doorward.yaml:1: threads: must be a whole number from 0 to 256"},
      {"a number of 20 digits", "threads: 99999999999999999999\n",
       "doorward.yaml:1: a number that is out of range: put it in quotes if it is meant as text"},
      {"a number at its lower bound", "credentials:\n  iterations: 4096\n", ""},
      {"a number below its lower bound", "credentials:\n  iterations: 4095\n",
       "doorward.yaml:2: credentials.iterations: must be a whole number from 4096 to 100000"},

      {"a time at its lower bound", "limits:\n  loginTimeout: 100ms\n", ""},
      {"a time below its lower bound", "limits:\n  loginTimeout: 99ms\n",
       "doorward.yaml:2: limits.loginTimeout: must be a whole number with its unit (ms, s, m, h) from 100ms "
       "to 10m"},
      {"a time at its upper bound", "limits:\n  loginTimeout: 600s\n", ""},
      {"a time above its upper bound", "limits:\n  loginTimeout: 601s\n",
       "doorward.yaml:2: limits.loginTimeout: must be a whole number with its unit (ms, s, m, h) from 100ms "
       "to 10m"},
      {"a time without a unit", "limits:\n  drainTimeout: 20\n",
       "doorward.yaml:2: limits.drainTimeout: must be a whole number with its unit (ms, s, m, h) from 0s to "
       "1h"},
      {"a time with an unknown unit", "limits:\n  drainTimeout: 20x\n",
       "doorward.yaml:2: limits.drainTimeout: must be a whole number with its unit (ms, s, m, h) from 0s to "
       "1h"},

      {"an API server without protection", "tokenReview:\n  server: http://10.96.0.1\n",
       "doorward.yaml:2: tokenReview.server: \"http://10.96.0.1\" would send tokens unprotected: write "
       "https://HOST:PORT"},
      {"a CA of no API server", "tokenReview:\n  enabled: true\n  ca: " + path("doorward.yaml") + "\n",
       "doorward.yaml:3: tokenReview.ca: needs `server` beside it: https://HOST:PORT of the API server"},
      {"a client certificate without its key",
       "tokenReview:\n  server: https://h\n  clientCert: " + path("doorward.yaml") + "\n",
       "doorward.yaml:1: tokenReview.clientKey: is missing: a client certificate and its key come together"},
      {"an API server beside a kubeconfig",
       "tokenReview:\n  server: https://h\n  kubeconfig: " + path("doorward.yaml") + "\n",
       "doorward.yaml:2: tokenReview.server: stands beside `kubeconfig`, which says it all: leave one of "
       "them out"},
      {"a review that may take longer than a login", "tokenReview:\n  server: https://h\n  timeout: 10s\n",
       "doorward.yaml:3: tokenReview.timeout: must be less than limits.loginTimeout, 10s, or no client hears "
       "of "
       "it"},
      {"an audience that is no text", "tokenReview:\n  audiences: [amqp, 7]\n",
       "doorward.yaml:2: tokenReview.audiences[1]: must be text"},
      {"a number of reviews at its bound", "tokenReview:\n  inFlight: 256\n", ""},
      {"a number of reviews above it", "tokenReview:\n  inFlight: 257\n",
       "doorward.yaml:2: tokenReview.inFlight: must be a whole number from 1 to 256"},

      {"objects of a namespace at their bounds",
       "limits:\n  objectsPerNamespace: 1\n  membersPerNamespace: 100000000\n", ""},
      {"a namespace without an object", "limits:\n  objectsPerNamespace: 0\n",
       "doorward.yaml:2: limits.objectsPerNamespace: must be a whole number from 1 to 1000000"},
      {"more members than can be counted in a namespace", "limits:\n  membersPerNamespace: 100000001\n",
       "doorward.yaml:2: limits.membersPerNamespace: must be a whole number from 1 to 100000000"},

      {"a name that is not in the list", "log:\n  level: loud\n",
       "doorward.yaml:2: log.level: \"loud\" is none of trace, debug, info, warning, error, off"},
      {"a namespace that is none", "infraNamespace: Infra\n",
       "doorward.yaml:1: infraNamespace: \"Infra\" is no namespace: letters, digits and `-`, 63 at most, "
       "such as "
       "enmasse-infra"},
      {"a data directory without a name", "dataDir: ''\n",
       "doorward.yaml:1: dataDir: is empty: name the directory that keeps the users"},

      {"the REST API where AMQP is", "https:\n  address: 127.0.0.1:5672\n",
       "doorward.yaml:2: https.address: 127.0.0.1:5672 is taken by amqp.listeners[0]"},
      {"the REST API where health is",
       "health:\n  address: 127.0.0.1:8080\nhttps:\n  address: 127.0.0.1:8080\n",
       "doorward.yaml:4: https.address: 127.0.0.1:8080 is taken by health.address"},
      {"the REST API without a port", "https:\n  address: 127.0.0.1\n",
       "doorward.yaml:2: https.address: \"127.0.0.1\" has no port: write HOST:PORT, such as 127.0.0.1:5672"},
      {"no listener at all", "amqp:\n  listeners: []\n",
       "doorward.yaml:2: amqp.listeners: is empty: nobody could log in; name one listener"},
      {"a listener without an address", "amqp:\n  listeners:\n  - realm: a\n",
       "doorward.yaml:3: amqp.listeners[0].address: is missing: say where to listen, HOST:PORT"},
      {"an address that does not parse", "amqp:\n  listeners:\n  - address: nowhere\n",
       "doorward.yaml:3: amqp.listeners[0].address: \"nowhere\" has no port: write HOST:PORT, such as "
       "127.0.0.1:5672"},
      {"two listeners at one address",
       "amqp:\n  listeners:\n  - address: 127.0.0.1:5672\n  - address: localhost:5672\n",
       "doorward.yaml:4: amqp.listeners[1].address: 127.0.0.1:5672 is taken by amqp.listeners[0]"},
      {"a listener on every interface beside one of them",
       "amqp:\n  listeners:\n  - address: 0.0.0.0:5672\n  - address: 127.0.0.1:5672\n",
       "doorward.yaml:4: amqp.listeners[1].address: 127.0.0.1:5672 is taken by amqp.listeners[0]"},
      {"two listeners at any free port",
       "amqp:\n  listeners:\n  - address: 127.0.0.1:0\n  - address: 127.0.0.1:0\n", ""},
      {"a health port without a port", "health: {address: 127.0.0.1}\n",
       "doorward.yaml:1: health.address: \"127.0.0.1\" has no port: write HOST:PORT, such as 127.0.0.1:5672"},
      {"a health port where AMQP is", "health:\n  address: 0.0.0.0:5672\n",
       "doorward.yaml:2: health.address: 0.0.0.0:5672 is taken by amqp.listeners[0]"},
      {"an audit in a folder that is not there", "audit: {file: /nowhere/audit}\n",
       "doorward.yaml:1: audit.file: \"/nowhere/audit\" is in no folder that can be seen: make the folder, "
       "or "
       "correct the path"},
      {"an audit that is a folder", "audit: {file: /}\n",
       "doorward.yaml:1: audit.file: \"/\" is a folder: name a file in it"},
      {"an audit on standard output", "audit: {file: '-', onFailure: refuse}\n", ""},
      {"a refusal without an audit", "audit:\n  onFailure: refuse\n",
       "doorward.yaml:2: audit.onFailure: means nothing without `audit.file`: name the file, or `-`"},
      {"a health port beside it", "health:\n  address: 127.0.0.1:8080\n", ""},
      {"a service without its namespace",
       "amqp:\n  listeners:\n  - address: 127.0.0.1:0\n    authenticationService: standard\n",
       "doorward.yaml:4: amqp.listeners[0].authenticationService: \"standard\" names no "
       "AuthenticationService: "
       "write NAMESPACE/NAME"},
      {"a service and a realm",
       "amqp:\n  listeners:\n  - address: 127.0.0.1:0\n    authenticationService: a/b\n    realm: c\n",
       "doorward.yaml:5: amqp.listeners[0].realm: stands beside authenticationService: a listener is "
       "narrowed by "
       "one of them"},
      {"TLS without a certificate", "amqp:\n  listeners:\n  - address: 127.0.0.1:0\n    tls: true\n",
       "doorward.yaml:1: tls.certificate: is missing, but amqp.listeners[0] has TLS: give --tls-cert and "
       "--tls-key, "
       "PEM files"},
      {"client certificates without TLS",
       "amqp:\n  listeners:\n  - address: 127.0.0.1:0\n    clientCertificates: required\n",
       "doorward.yaml:4: amqp.listeners[0].clientCertificates: needs `tls: true` on this listener"},
  };
  for (const Case& c : cases) {
    const auto found = faults(with_file(c.text));
    if (c.fault.empty()) {
      EXPECT_THAT(found, IsEmpty()) << c.behaviour;
    } else {
      EXPECT_THAT(found, ElementsAre(c.fault)) << c.behaviour;
    }
  }
}

TEST_F(ConfigFaults, a_list_or_a_word_for_the_whole) {
  for (const char* text : {"- a\n", "serve\n", "17\n"}) {
    EXPECT_THAT(faults(with_file(text)),
                ElementsAre(HasSubstr("doorward.yaml:1: the configuration must be a mapping of settings")))
        << text;
  }
}

TEST_F(ConfigFaults, a_service_and_a_realm_that_are_both_wrong_are_told_with_their_conflict) {
  EXPECT_THAT(
      faults(with_file("amqp:\n  listeners:\n  - address: 127.0.0.1:0\n"
                       "    authenticationService: a\n    realm: No Realm\n")),
      UnorderedElementsAre(HasSubstr("yaml:4: amqp.listeners[0].authenticationService: \"a\" names no"),
                           HasSubstr("yaml:5: amqp.listeners[0].realm: realm \"No Realm\" is no realm"),
                           HasSubstr("yaml:5: amqp.listeners[0].realm: stands beside")));
}

TEST_F(ConfigFaults, a_file_where_a_folder_is_wanted) {
  write("team.yaml", "");
  EXPECT_THAT(
      faults(with_file("resources:\n  directory: " + path("team.yaml") + "\n")),
      ElementsAre("doorward.yaml:2: resources.directory: \"team.yaml\" is a file: name the directory that "
                  "it is in"));
}

TEST_F(ConfigFaults, a_realm_that_is_none_is_named_in_the_words_of_realms) {
  EXPECT_THAT(faults(with_file("amqp:\n  listeners:\n  - address: 127.0.0.1:0\n    realm: No Realm\n")),
              ElementsAre(HasSubstr("doorward.yaml:4: amqp.listeners[0].realm: ")));
}

TEST_F(ConfigFaults, files_and_folders_that_are_not_there) {
  EXPECT_THAT(
      faults(with_file("secretsDir: " + path("none") + "\nresources:\n  directory: " + path("none") +
                       "\ntls:\n  certificate: " + path("c") + "\n  key: " + path("k") +
                       "\n  clientCa: " + path("") + "\ndataDir: " + path("doorward.yaml") + "\n")),
      UnorderedElementsAre(
          "doorward.yaml:1: secretsDir: \"none\" is no directory that can be seen: make it, or correct the "
          "path",
          "doorward.yaml:3: resources.directory: \"none\" is no directory that can be seen: make it, or "
          "correct the path",
          HasSubstr("doorward.yaml:5: tls.certificate: \"c\" is no file that can be read"),
          HasSubstr("doorward.yaml:6: tls.key: \"k\" is no file that can be read"),
          HasSubstr("doorward.yaml:7: tls.clientCa: \"\" is no file that can be read"),
          "doorward.yaml:8: dataDir: \"doorward.yaml\" is a file: name a directory"));
}

TEST_F(ConfigFaults, tls_that_is_half_configured) {
  const std::string pem = write("some.pem", "");
  EXPECT_THAT(faults(with_file("tls:\n  certificate: " + pem + "\n")),
              ElementsAre("doorward.yaml:1: tls.key: is missing: give --tls-key with the certificate's key"));
  EXPECT_THAT(
      faults(with_file("tls:\n  key: " + pem + "\n")),
      ElementsAre(
          "doorward.yaml:1: tls.certificate: is missing: give --tls-cert with the chain that fits the key"));
  EXPECT_THAT(
      faults(
          with_file("tls:\n  certificate: " + pem + "\n  key: " + pem +
                    "\namqp:\n  listeners:\n  - address: 127.0.0.1:0\n    tls: true\n    clientCertificates: "
                    "optional\n")),
      ElementsAre(
          "doorward.yaml:1: tls.clientCa: amqp.listeners[0] asks for client certificates: name the CA that "
          "signs them"));
  EXPECT_THAT(
      faults(with_file("tls:\n  certificate: " + pem + "\n  key: " + pem +
                       "\namqp:\n  listeners:\n  - address: 127.0.0.1:0\n    tls: true\n    "
                       "allowPlainWithoutTls: true\n")),
      ElementsAre("doorward.yaml:8: amqp.listeners[0].allowPlainWithoutTls: means nothing where `tls` is "
                  "true: leave it out"));
}

TEST_F(ConfigFaults, an_authority_of_users_without_an_address) {
  EXPECT_THAT(
      faults(with_file("https:\n  clientCa: " + write("ca.pem", "") + "\n")),
      ElementsAre("doorward.yaml:1: https.address: is missing beside https.clientCa: say where the REST API "
                  "listens, HOST:PORT"));
}

TEST_F(ConfigFaults, all_of_them_come_at_once) {
  EXPECT_THAT(faults(with_file("threads: many\n"
                               "limits:\n"
                               "  loginTimeout: soon\n"
                               "  conections: 5\n"
                               "amqp:\n"
                               "  listeners:\n"
                               "  - address: here\n"
                               "  - address: 127.0.0.1:0\n"
                               "    tls: true\n"
                               "resources:\n"
                               "  directory: /nonexistent\n")),
              UnorderedElementsAre(HasSubstr("doorward.yaml:1: threads"),
                                   HasSubstr("doorward.yaml:3: limits.loginTimeout"),
                                   HasSubstr("doorward.yaml:4: limits.conections"),
                                   HasSubstr("doorward.yaml:7: amqp.listeners[0].address"),
                                   HasSubstr("tls.certificate: is missing, but amqp.listeners[1] has TLS"),
                                   HasSubstr("doorward.yaml:11: resources.directory")));
}

TEST_F(ConfigFaults, what_is_no_yaml_is_a_fault_with_its_line_and_nothing_else_is_blamed) {
  EXPECT_THAT(faults(with_file("threads: 1\nlimits: [\n")), ElementsAre(HasSubstr("doorward.yaml:")));
  EXPECT_THAT(faults(with_file("threads: 1\nthreads: 2\n")), ElementsAre(HasSubstr("doorward.yaml:2: ")));
  EXPECT_THAT(faults(with_file("log:\n  level: \"\xff\"\n")), ElementsAre(HasSubstr("UTF-8")));
}

TEST_F(ConfigFaults, a_file_that_can_not_be_read) {
  EXPECT_THAT(
      faults({.config = path("none.yaml")}),
      ElementsAre(AllOf(HasSubstr("does not exist: correct --config"), HasSubstr("share/doc/doorward"))));
  EXPECT_THAT(faults({.config = path("")}), ElementsAre(HasSubstr("is a folder: name the file in it")));
}

TEST_F(ConfigFaults, an_unknown_key_can_not_break_the_line_that_tells_of_it) {
  for (const std::string& text : faults(with_file("\"a\\nb\\x1b[2J\": 1\n"))) {
    for (const char c : text) EXPECT_GE(c, ' ') << text;
  }
}

}  // namespace
}  // namespace doorward
