// The first administrator's way in.
#include "server/callers/admin_access.hpp"

#include "server/callers/callers.hpp"
#include "server/resources/document/yaml.hpp"
#include "tests/server/callers/folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class AdminAccessTest : public testing::Test {
 protected:
  void start(const std::string& server, const std::string& authority = "CA") {
    ASSERT_TRUE(make_admin_token(files));
    ASSERT_TRUE(write_admin_kubeconfig(files, server, authority));
  }
  nlohmann::json kubeconfig() const {
    return resources::read_yaml(folder.text("admin.kubeconfig"), "").documents.at(0).value;
  }
  std::string token() const { return kubeconfig()["users"][0]["user"]["token"].get<std::string>(); }

  const Folder folder;
  const AdminAccess files{folder.path / "tokens.yaml", folder.path / "admin.kubeconfig"};
};

TEST_F(AdminAccessTest, lets_its_holder_in_as_a_master) {
  start("https://127.0.0.1:8443");
  EXPECT_EQ(folder.mode("admin.kubeconfig"), 0600u);
  EXPECT_EQ(kubeconfig()["clusters"][0]["cluster"]["server"], "https://127.0.0.1:8443");
  EXPECT_EQ(kubeconfig()["clusters"][0]["cluster"]["certificate-authority-data"], "Q0E=");
  const auto callers = Callers::load(files.token_file);
  const auto caller = (*callers)->identify({.authorization = "Bearer " + token()}, "/");
  ASSERT_TRUE(caller);
  EXPECT_THAT(caller->groups, ElementsAre("system:masters", "system:authenticated"));
}

TEST_F(AdminAccessTest, keeps_its_token_when_the_address_changes) {
  start("https://127.0.0.1:1");
  const std::string before = token();
  start("https://127.0.0.1:2", "");
  EXPECT_EQ(token(), before);
  EXPECT_EQ(kubeconfig()["clusters"][0]["cluster"]["server"], "https://127.0.0.1:2");
  EXPECT_THAT(folder.text("admin.kubeconfig"), Not(HasSubstr("certificate-authority-data")));
}

TEST_F(AdminAccessTest, keeps_the_authority_that_somebody_named_where_it_knows_none) {
  start("https://127.0.0.1:1", "");
  const std::string before = token();
  std::string text = folder.text("admin.kubeconfig");
  const std::string server = "    server: \"https://127.0.0.1:1\"\n";
  ASSERT_NE(text.find(server), std::string::npos);
  text.insert(text.find(server) + server.size(), "    certificate-authority: /etc/ca.crt\n");
  folder.write("admin.kubeconfig", text);
  start("https://127.0.0.1:2", "");
  EXPECT_EQ(kubeconfig()["clusters"][0]["cluster"],
            nlohmann::json({{"server", "https://127.0.0.1:2"}, {"certificate-authority", "/etc/ca.crt"}}));
  EXPECT_EQ(token(), before);
  start("https://127.0.0.1:2", "CA");
  EXPECT_FALSE(kubeconfig()["clusters"][0]["cluster"].contains("certificate-authority")) << "beside the data";
}

TEST_F(AdminAccessTest, is_not_made_again_once_it_was_taken_away) {
  start("https://127.0.0.1:1");
  std::filesystem::remove(files.kubeconfig);
  start("https://127.0.0.1:1");
  EXPECT_FALSE(std::filesystem::exists(files.kubeconfig));
}

TEST_F(AdminAccessTest, leaves_somebody_elses_file_alone) {
  folder.write("tokens.yaml", "tokens: []\n");
  folder.write("admin.kubeconfig", "users: mine\n");
  start("https://127.0.0.1:1");
  EXPECT_EQ(folder.text("admin.kubeconfig"), "users: mine\n");
}

TEST_F(AdminAccessTest, makes_no_token_that_nobody_would_have) {
  std::filesystem::create_directory(files.kubeconfig);  // in the way
  EXPECT_FALSE(make_admin_token(files));
  EXPECT_FALSE(std::filesystem::exists(files.token_file));
}

}  // namespace
}  // namespace doorward
