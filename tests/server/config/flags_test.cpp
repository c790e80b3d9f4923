// What flags do to the configuration, and how they are blamed.
#include "tests/server/config/config_folder.hpp"

#include <gmock/gmock.h>

namespace doorward {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ConfigWithFlags : public ConfigFolder {
 protected:
  Config loaded(const ConfigFlags& flags) {
    const auto config = load_config(flags);
    EXPECT_TRUE(config) << ::testing::PrintToString(faults(flags));
    return config.value_or(Config{});
  }
  static std::vector<std::string> addresses(const Config& config) {
    std::vector<std::string> texts;
    for (const ListenerConfig& listener : config.listeners) {
      texts.push_back((listener.tls ? "amqps " : "amqp ") + listener.address.text());
    }
    return texts;
  }
};

TEST_F(ConfigWithFlags, nothing_at_all_is_amqp_on_loopback) {
  const Config config = loaded({});
  EXPECT_THAT(addresses(config), ElementsAre("amqp 127.0.0.1:5672"));
  EXPECT_EQ(config.data_dir, "doorward-data");
  EXPECT_EQ(config.secrets(), "doorward-data/secrets");
  EXPECT_EQ(config.infra_namespace, "enmasse-infra");
}

TEST_F(ConfigWithFlags, a_certificate_brings_amqps_on_loopback) {
  const std::string pem = write("some.pem", "");
  EXPECT_THAT(addresses(loaded({.tls_cert = pem, .tls_key = pem})),
              ElementsAre("amqp 127.0.0.1:5672", "amqps 127.0.0.1:5671"));
  ConfigFlags flags = with_file("tls:\n  certificate: " + pem + "\n  key: " + pem + "\n");
  EXPECT_THAT(addresses(loaded(flags)), ElementsAre("amqp 127.0.0.1:5672", "amqps 127.0.0.1:5671"));
  flags.amqps = "0.0.0.0:5671";
  EXPECT_THAT(addresses(loaded(flags)), ElementsAre("amqp 127.0.0.1:5672", "amqps 0.0.0.0:5671"));
}

TEST_F(ConfigWithFlags, flags_win_over_the_file) {
  const std::string pem = write("some.pem", "");
  ConfigFlags flags = with_file(
      "dataDir: a\nsecretsDir: b\nthreads: 1\nresources:\n  directory: c\n  prune: true\nlog:\n  level: "
      "error\n");
  flags.data_dir = "d";
  flags.secrets_dir = path("");
  flags.threads = "3";
  flags.resources = path("");
  flags.no_prune = true;
  flags.log_level = "trace";
  flags.tls_cert = pem;
  flags.tls_key = pem;
  const Config config = loaded(flags);
  EXPECT_EQ(config.data_dir, "d");
  EXPECT_EQ(config.secrets_dir, path(""));
  EXPECT_EQ(config.threads, 3u);
  EXPECT_EQ(config.resources.directory, path(""));
  EXPECT_FALSE(config.resources.prune);
  EXPECT_EQ(config.log.level, log::Level::trace);
  EXPECT_EQ(config.tls.certificate, pem);
  EXPECT_EQ(config.tls.key, pem);
}

TEST_F(ConfigWithFlags, an_address_flag_moves_the_listener_of_its_kind_and_keeps_the_rest_of_it) {
  ConfigFlags flags = with_file("amqp:\n  listeners:\n  - address: 10.0.0.1:5672\n    realm: shop\n");
  flags.amqp = "127.0.0.1:0";
  const Config config = loaded(flags);
  EXPECT_THAT(addresses(config), ElementsAre("amqp 127.0.0.1:0"));
  EXPECT_EQ(config.listeners.front().realm, "shop");
}

TEST_F(ConfigWithFlags, an_address_flag_adds_the_listener_that_the_file_lacks) {
  const std::string pem = write("some.pem", "");
  ConfigFlags flags = with_file("amqp:\n  listeners:\n  - address: 10.0.0.1:5671\n    tls: true\n");
  flags.tls_cert = pem;
  flags.tls_key = pem;
  flags.amqp = "127.0.0.1:0";
  EXPECT_THAT(addresses(loaded(flags)), ElementsAre("amqps 10.0.0.1:5671", "amqp 127.0.0.1:0"));
}

TEST_F(ConfigWithFlags, an_address_flag_that_could_mean_two_listeners_is_refused) {
  ConfigFlags flags = with_file("amqp:\n  listeners:\n  - address: 10.0.0.1:1\n  - address: 10.0.0.1:2\n");
  flags.amqp = "127.0.0.1:0";
  EXPECT_THAT(faults(flags),
              ElementsAre("--amqp: could mean several listeners of doorward.yaml: change the address there"));
}

TEST_F(ConfigWithFlags, a_wrong_flag_is_blamed_by_its_own_name) {
  struct Case {
    ConfigFlags flags;
    std::string fault;
  };
  const Case cases[] = {
      {{.amqp = "5672"}, "--amqp: \"5672\" has no host: write HOST:PORT, such as 127.0.0.1:5672"},
      {{.threads = "257"}, "--threads: must be a whole number from 0 to 256"},
      {{.threads = "-1"}, "--threads: must be a whole number from 0 to 256"},
      {{.threads = "x"}, "--threads: must be a whole number from 0 to 256"},
      {{.threads = ""}, "--threads: must be a whole number from 0 to 256"},
      {{.log_level = "loud"}, "--log-level: \"loud\" is none of trace"},
      {{.resources = "/nonexistent"}, "--resources: \"/nonexistent\" is no directory"},
      {{.secrets_dir = "/nonexistent"}, "--secrets: \"/nonexistent\" is no directory"},
      {{.data_dir = ""}, "--data-dir: is empty"},
      {{.data_dir = "/dev/null"}, "--data-dir: \"/dev/null\" is a file"},
      {{.amqps = "127.0.0.1:0"},
       "tls.certificate: is missing, but amqp.listeners[1] has TLS: give --tls-cert"},
      {{.https = "8443"}, "--https: \"8443\" has no host: write HOST:PORT, such as 127.0.0.1:8443"},
      {{.https = "127.0.0.1:5672"}, "--https: 127.0.0.1:5672 is taken by amqp.listeners[0]"},
      {{.tls_cert = DOORWARD_EXAMPLE}, "tls.key: is missing: give --tls-key"},
      {{.tls_key = DOORWARD_EXAMPLE}, "tls.certificate: is missing: give --tls-cert"},
  };
  for (const Case& c : cases) EXPECT_THAT(faults(c.flags), ElementsAre(HasSubstr(c.fault))) << c.fault;
}

TEST_F(ConfigWithFlags, plain_is_taken_without_tls_on_loopback_only_unless_the_file_says_so) {
  const Config config =
      loaded(with_file("amqp:\n  listeners:\n"
                       "  - address: 127.0.0.1:1\n"
                       "  - address: '[::1]:2'\n"
                       "  - address: 10.0.0.1:3\n"
                       "  - address: 10.0.0.1:4\n"
                       "    allowPlainWithoutTls: true\n"
                       "  - address: 127.0.0.1:5\n"
                       "    allowPlainWithoutTls: false\n"));
  std::vector<bool> allowed;
  for (const ListenerConfig& listener : config.listeners) allowed.push_back(listener.plain_allowed());
  EXPECT_THAT(allowed, ElementsAre(true, true, false, true, false));
  EXPECT_TRUE((ListenerConfig{.address = {.host = "10.0.0.1"}, .tls = true}.plain_allowed()));
}

}  // namespace
}  // namespace doorward
