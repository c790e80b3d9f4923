// Certificates as they are read: what is refused, and what a reload does.
#include "tests/server/net/certificates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace doorward {
namespace {

using testing::HasSubstr;

class TlsContextTest : public testing::Test {
 protected:
  std::string refusal() const {
    const auto loaded = TlsContext::load(certificates_.files_with_client_ca());
    return loaded ? "" : loaded.error().message;
  }
  static long serial(const TlsContext& context) {
    const X509* certificate = SSL_CTX_get0_certificate(context.current().get());
    return ASN1_INTEGER_get(X509_get0_serialNumber(certificate));
  }

  const Certificates certificates_;
  const TlsFiles files_ = certificates_.files();
};

TEST_F(TlsContextTest, takes_a_certificate_its_key_and_an_authority_for_clients) { EXPECT_EQ(refusal(), ""); }

TEST_F(TlsContextTest, refuses_a_file_that_is_missing_and_says_which) {
  std::filesystem::remove(files_.key);
  EXPECT_THAT(refusal(), HasSubstr("tls.key: cannot be read"));
}

TEST_F(TlsContextTest, refuses_a_certificate_that_ends_in_the_middle) {
  const std::string whole = pem(certificates_.make_server(5));
  certificates_.write(files_.certificate, whole.substr(0, whole.size() / 2));
  EXPECT_THAT(refusal(), HasSubstr("tls.crt: a certificate in it cannot be read"));
}

TEST_F(TlsContextTest, refuses_a_chain_that_ends_in_the_middle) {
  const std::string whole = pem(certificates_.make_server(5));
  certificates_.write(files_.certificate, whole + whole.substr(0, whole.size() - 30));
  EXPECT_THAT(refusal(), HasSubstr("tls.crt: a certificate in it cannot be read"));
}

TEST_F(TlsContextTest, refuses_a_file_without_a_certificate) {
  certificates_.write(files_.certificate, "");
  EXPECT_THAT(refusal(), HasSubstr("tls.crt: holds no certificate"));
}

TEST_F(TlsContextTest, refuses_a_key_of_another_certificate) {
  certificates_.write(files_.key, pem(certificates_.make_server(5).key));
  EXPECT_THAT(refusal(), HasSubstr("tls.key: is not the key of the certificate"));
}

TEST_F(TlsContextTest, refuses_a_key_that_ends_in_the_middle) {
  certificates_.write(files_.key, pem(certificates_.make_server(5).key).substr(0, 100));
  EXPECT_THAT(refusal(), HasSubstr("tls.key: holds no key that can be read"));
}

TEST_F(TlsContextTest, refuses_a_key_with_a_passphrase_without_asking_for_it) {
  certificates_.write(files_.key,
                      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                      "MIHjME4GCSqGSIb3DQEFDTBBMCkGCSqGSIb3DQEFDDAcBAgwmpzGYDIzjQICCAAw\n"
                      "-----END ENCRYPTED PRIVATE KEY-----\n");
  EXPECT_THAT(refusal(), HasSubstr("without a passphrase"));
}

TEST_F(TlsContextTest, refuses_an_authority_for_clients_that_is_none) {
  certificates_.write(certificates_.files_with_client_ca().client_ca, "nothing of use");
  EXPECT_THAT(refusal(), HasSubstr("ca.crt: holds no certificate"));
}

TEST_F(TlsContextTest, refuses_a_file_that_is_no_certificate_by_its_size) {
  certificates_.write(files_.certificate, std::string(1024 * 1024 + 1, 'x'));
  EXPECT_THAT(refusal(), HasSubstr("tls.crt: is larger than 1 MiB"));
}

TEST_F(TlsContextTest, swaps_the_certificate_when_its_files_change_and_leaves_the_old_one_to_who_has_it) {
  const auto context = certificates_.server_context();
  const std::shared_ptr<SSL_CTX> old = context->current();
  EXPECT_EQ(context->reload().value(), TlsContext::Reload::unchanged);
  EXPECT_EQ(context->current(), old);

  certificates_.write(certificates_.make_server(101));
  EXPECT_EQ(context->reload().value(), TlsContext::Reload::swapped);
  EXPECT_EQ(serial(*context), 101);
  EXPECT_EQ(ASN1_INTEGER_get(X509_get0_serialNumber(SSL_CTX_get0_certificate(old.get()))), 100);
  EXPECT_EQ(context->reload().value(), TlsContext::Reload::unchanged);
}

TEST_F(TlsContextTest, keeps_the_old_certificate_while_the_new_one_is_half_written) {
  const auto context = certificates_.server_context();
  const Credential next = certificates_.make_server(101);

  certificates_.write(files_.certificate, pem(next).substr(0, 200));
  ASSERT_FALSE(context->reload());
  EXPECT_EQ(context->reload().value(), TlsContext::Reload::unchanged) << "the same fault is reported once";
  EXPECT_EQ(serial(*context), 100);

  certificates_.write(files_.certificate, pem(next));
  const auto without_key = context->reload();
  ASSERT_FALSE(without_key);
  EXPECT_THAT(without_key.error().message, HasSubstr("is not the key of the certificate"));
  EXPECT_EQ(serial(*context), 100);

  std::filesystem::remove(files_.key);
  EXPECT_FALSE(context->reload());
  certificates_.write(files_.key, pem(next.key));
  EXPECT_EQ(context->reload().value(), TlsContext::Reload::swapped);
  EXPECT_EQ(serial(*context), 101);
}

}  // namespace
}  // namespace doorward
