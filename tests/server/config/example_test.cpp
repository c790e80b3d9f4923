// deploy/doorward.example.yaml is the manual of the settings: it must be true and whole.
#include "tests/server/config/config_folder.hpp"

#include <sstream>

#include <gmock/gmock.h>

namespace doorward {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ConfigExample : public ConfigFolder {
 protected:
  static std::string example() {
    std::stringstream text;
    text << std::ifstream(DOORWARD_EXAMPLE).rdbuf();
    return text.str();
  }
  // With the settings that have no default, too.
  static std::string uncommented() {
    std::string text;
    std::stringstream lines(example());
    for (std::string line; std::getline(lines, line);) {
      // `#key:` or `#  key:`; a remark has one space.
      const bool is_setting = line.size() > 2 && line[0] == '#' && (line[1] != ' ' || line[2] == ' ');
      text += is_setting ? line.substr(1) : line;
      text += '\n';
    }
    return text;
  }
};

TEST_F(ConfigExample, shows_the_defaults) {
  const auto shown = load_config(with_file(example()));
  const auto defaults = load_config({});
  ASSERT_TRUE(shown) << ::testing::PrintToString(faults(with_file(example())));
  EXPECT_EQ(shown->data_dir, defaults->data_dir);
  EXPECT_EQ(shown->secrets_dir, defaults->secrets_dir);
  EXPECT_EQ(shown->threads, defaults->threads);
  EXPECT_EQ(shown->infra_namespace, defaults->infra_namespace);
  EXPECT_EQ(shown->resources, defaults->resources);
  EXPECT_EQ(shown->listeners, defaults->listeners);
  EXPECT_EQ(shown->tls, defaults->tls);
  EXPECT_EQ(shown->https, defaults->https);
  EXPECT_EQ(shown->limits, defaults->limits);
  EXPECT_EQ(shown->credentials, defaults->credentials);
  EXPECT_EQ(shown->token_review, defaults->token_review);
  EXPECT_EQ(shown->audit, defaults->audit);
  EXPECT_EQ(shown->log, defaults->log);
}

TEST_F(ConfigExample, names_every_setting) {
  // A setting that is unknown is answered with all that are known beside it.
  const std::string everything = uncommented();
  std::size_t settings = 0;
  for (const char* probe :
       {"zzzzzzzz: 1\n", "resources: {zzzzzzzz: 1}\n", "amqp: {zzzzzzzz: 1}\n",
        "amqp: {listeners: [{address: '127.0.0.1:0', zzzzzzzz: 1}]}\n", "tls: {zzzzzzzz: 1}\n",
        "audit: {zzzzzzzz: 1}\n", "https: {zzzzzzzz: 1}\n", "limits: {zzzzzzzz: 1}\n",
        "credentials: {zzzzzzzz: 1}\n", "tokenReview: {zzzzzzzz: 1}\n", "log: {zzzzzzzz: 1}\n"}) {
    const auto answer = faults(with_file(probe));
    ASSERT_THAT(answer, ElementsAre(HasSubstr("known here are "))) << probe;
    std::stringstream known(answer[0].substr(answer[0].find("are ") + 4));
    for (std::string setting; known >> setting; ++settings) {
      if (setting.ends_with(',')) setting.pop_back();
      EXPECT_THAT(everything, HasSubstr(setting + ":")) << probe;
    }
  }
  EXPECT_GT(settings, 20u);
}

TEST_F(ConfigExample, is_taken_with_its_optional_settings_but_for_the_files_that_it_names) {
  const auto found = faults(with_file(uncommented()));
  EXPECT_THAT(found, Not(IsEmpty()));
  for (const std::string& fault : found) {
    EXPECT_THAT(fault, ::testing::AnyOf(HasSubstr("that can be seen"), HasSubstr("that can be read"),
                                        HasSubstr("stands beside authenticationService"),
                                        HasSubstr("stands beside `kubeconfig`")));
  }
}

}  // namespace
}  // namespace doorward
