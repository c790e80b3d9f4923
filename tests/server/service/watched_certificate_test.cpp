// A certificate whose files change under a running service.
#include "server/service/watched_certificate.hpp"

#include "tests/server/net/certificates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

class WatchedCertificateTest : public testing::Test {
 protected:
  const Certificates certificates_;
  const TlsFiles files_ = certificates_.files();
};

TEST_F(WatchedCertificateTest, keeps_the_old_one_while_the_newest_is_half_written_and_says_so) {
  const auto watched = WatchedCertificate::load(files_).value();
  const auto first = watched->tls()->current();
  EXPECT_FALSE(watched->look(false));
  EXPECT_FALSE(watched->refused());

  const auto fresh = certificates_.make_server(5);
  certificates_.write(files_.certificate, pem(fresh).substr(0, 100));
  for (const bool asked : {false, true, false}) {
    EXPECT_FALSE(watched->look(asked));
    EXPECT_TRUE(watched->refused());
    EXPECT_EQ(watched->tls()->current(), first);
  }

  certificates_.write(files_.certificate, pem(fresh));
  certificates_.write(files_.key, pem(fresh.key));
  EXPECT_TRUE(watched->look(false));
  EXPECT_FALSE(watched->refused());
  EXPECT_NE(watched->tls()->current(), first);
}

TEST_F(WatchedCertificateTest, that_cannot_be_read_at_first_is_no_certificate) {
  std::filesystem::remove(files_.key);
  const auto loaded = WatchedCertificate::load(files_);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::invalid);
  EXPECT_THAT(loaded.error().message, testing::HasSubstr("tls.key"));
}

}  // namespace
}  // namespace doorward
