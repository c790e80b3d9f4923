// `tls/` of the data directory over several starts, and files that are replaced as a whole.
#include "server/callers/own_certificate.hpp"
#include "server/callers/private_file.hpp"
#include "tests/server/callers/folder.hpp"

#include <gtest/gtest.h>

namespace doorward {
namespace {

class OwnCertificateTest : public testing::Test {
 protected:
  void ensure(const std::string& host = "127.0.0.1") {
    OwnCertificate certificate(folder.path / "tls", host);
    const auto done = certificate.ensure();
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(TlsContext::load(certificate.files()));
  }
  const Folder folder;
};

TEST_F(OwnCertificateTest, is_made_once_with_keys_for_the_owner_only) {
  ensure();
  EXPECT_EQ(folder.mode("tls"), 0700u);
  EXPECT_EQ(folder.mode("tls/ca.key"), 0600u);
  EXPECT_EQ(folder.mode("tls/tls.key"), 0600u);
  const std::string authority = folder.text("tls/ca.crt"), server = folder.text("tls/tls.crt");
  ensure();
  EXPECT_EQ(folder.text("tls/ca.crt"), authority);
  EXPECT_EQ(folder.text("tls/tls.crt"), server);
}

TEST_F(OwnCertificateTest, is_made_anew_for_another_address_by_the_same_authority) {
  ensure();
  const std::string authority = folder.text("tls/ca.crt"), server = folder.text("tls/tls.crt");
  ensure("192.0.2.7");
  EXPECT_EQ(folder.text("tls/ca.crt"), authority);
  EXPECT_NE(folder.text("tls/tls.crt"), server);
}

TEST_F(OwnCertificateTest, is_made_anew_when_its_key_is_lost_or_was_not_written_to_the_end) {
  ensure();
  const std::string authority = folder.text("tls/ca.crt");
  std::filesystem::remove(folder.path / "tls/tls.key");
  ensure();
  folder.write("tls/tls.crt", folder.text("tls/tls.crt").substr(0, 100));
  ensure();
  EXPECT_EQ(folder.text("tls/ca.crt"), authority);
}

TEST_F(OwnCertificateTest, says_why_it_cannot_be_made) {
  OwnCertificate certificate("/proc/nowhere/tls", "127.0.0.1");
  const auto done = certificate.ensure();
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("/proc/nowhere/tls"), std::string::npos);
}

TEST(PrivateFileTest, is_replaced_whole_and_has_the_mode) {
  const Folder folder;
  ASSERT_TRUE(replace_file(folder.path / "a", "one", 0644));
  ASSERT_TRUE(replace_file(folder.path / "a", "two", 0600));
  EXPECT_EQ(folder.text("a"), "two");
  EXPECT_EQ(folder.mode("a"), 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path), {}), 1);
}

TEST(PrivateFileTest, is_read_up_to_its_bound) {
  const Folder folder;
  folder.write("a", "12345");
  EXPECT_EQ((*read_file(folder.path / "a", 5))->reveal(), "12345");
  EXPECT_FALSE(read_file(folder.path / "a", 4));
  EXPECT_FALSE(read_file(folder.path / "none", 4)->has_value());
  EXPECT_FALSE(read_file(folder.path, 4)) << "a folder is no file";
}

}  // namespace
}  // namespace doorward
