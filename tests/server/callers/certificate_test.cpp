// Certificates as they are made, judged by a handshake of OpenSSL's client and by why_unfit().
#include "server/callers/certificate.hpp"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace doorward {
namespace {

using testing::HasSubstr;

using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;

X509Ptr parsed(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  return {PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free};
}

const std::vector<std::string> names{"localhost", "127.0.0.1", "::1", "host.example"};

class CertificateTest : public testing::Test {
 protected:
  const KeyAndCertificate authority = *make_authority("test", Days(100));
  const KeyAndCertificate server = *make_server_certificate(authority, names, Days(50));
};

TEST_F(CertificateTest, a_server_is_trusted_by_whoever_trusts_the_authority) {
  const X509Ptr root = parsed(authority.certificate), leaf = parsed(server.certificate);
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), X509_STORE_free);
  X509_STORE_add_cert(store.get(), root.get());
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(X509_STORE_CTX_new(),
                                                                                X509_STORE_CTX_free);
  X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr);
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context.get()), X509_V_FLAG_X509_STRICT);
  EXPECT_EQ(X509_verify_cert(context.get()), 1)
      << X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

TEST_F(CertificateTest, fits_until_it_ends) {
  EXPECT_EQ(why_unfit(server, authority.certificate, names, Days(49)), "");
  EXPECT_EQ(why_unfit(server, authority.certificate, names, Days(51)), "it ends soon");
  EXPECT_EQ(why_unfit(authority, Days(99)), "");
  EXPECT_EQ(why_unfit(authority, Days(101)), "it ends soon");
}

TEST_F(CertificateTest, fits_the_names_in_it_only) {
  for (const char* other : {"other.example", "127.0.0.2", "::2"}) {
    EXPECT_THAT(why_unfit(server, authority.certificate, {other}, Days(1)), HasSubstr(other));
  }
}

TEST_F(CertificateTest, fits_its_key_and_its_authority_only) {
  const KeyAndCertificate other = *make_authority("test", Days(100));
  EXPECT_THAT(why_unfit(server, other.certificate, names, Days(1)), HasSubstr("another authority"));
  const KeyAndCertificate mixed{server.certificate, other.key.clone()};
  EXPECT_THAT(why_unfit(mixed, authority.certificate, names, Days(1)), HasSubstr("its key"));
  EXPECT_EQ(why_unfit(KeyAndCertificate{}, Days(1)), "there was none");
  EXPECT_EQ(why_unfit(KeyAndCertificate{}, authority.certificate, names, Days(1)), "there was none");
  EXPECT_THAT(why_unfit(KeyAndCertificate{"-----BEGIN CERTIFICATE-----\nAAAA", Secret()}, Days(1)),
              HasSubstr("cannot be read"));
}

TEST_F(CertificateTest, no_two_have_one_serial_number) {
  const KeyAndCertificate again = *make_server_certificate(authority, names, Days(50));
  EXPECT_NE(ASN1_INTEGER_cmp(X509_get0_serialNumber(parsed(server.certificate).get()),
                             X509_get0_serialNumber(parsed(again.certificate).get())),
            0);
}

TEST_F(CertificateTest, the_root_of_a_chain_is_the_certificate_that_signed_itself) {
  EXPECT_EQ(root_of(server.certificate + authority.certificate), authority.certificate);
  EXPECT_EQ(root_of(std::string(server.key.reveal()) + server.certificate + authority.certificate),
            authority.certificate);
  EXPECT_EQ(root_of(authority.certificate), authority.certificate);
  EXPECT_EQ(root_of(server.certificate), "");
  EXPECT_EQ(root_of("no certificate"), "");
}

}  // namespace
}  // namespace doorward
