#include "tests/server/net/certificates.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace doorward {
namespace {

void check(bool done) {
  if (!done) throw std::runtime_error("OpenSSL could not make a certificate");
}

template <class Write>
std::string written(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), &BIO_free_all);
  check(write(bio.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

void extend(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value), &X509_EXTENSION_free);
  check(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

}  // namespace

Credential make_certificate(const std::string& name, long serial, const Credential* authority,
                            std::chrono::seconds until) {
  Credential made{CertificatePtr(X509_new(), X509_free), KeyPtr(EVP_EC_gen("P-256"), EVP_PKEY_free)};
  X509* certificate = made.certificate.get();
  X509* issuer = authority ? authority->certificate.get() : certificate;
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3'600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), until.count());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  check(X509_set_pubkey(certificate, made.key.get()) == 1);
  extend(certificate, issuer, NID_basic_constraints, authority ? "CA:FALSE" : "critical,CA:TRUE");
  if (authority) extend(certificate, issuer, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  check(X509_sign(certificate, authority ? authority->key.get() : made.key.get(), EVP_sha256()) > 0);
  return made;
}

std::string pem(const Credential& credential) {
  return written([&](BIO* bio) { return PEM_write_bio_X509(bio, credential.certificate.get()); });
}

std::string pem(const KeyPtr& key) {
  return written([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

Certificates::Certificates() : authority_(make_certificate("authority of the tests", 1)) {
  std::string name = (std::filesystem::temp_directory_path() / "doorward-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  directory_ = name;
  write(files_with_client_ca().client_ca, pem(authority_));
  write(make_server(100));
}

Certificates::~Certificates() { std::filesystem::remove_all(directory_); }

TlsFiles Certificates::files() const {
  return {.certificate = directory_ / "tls.crt", .key = directory_ / "tls.key", .client_ca = {}};
}

TlsFiles Certificates::files_with_client_ca() const {
  TlsFiles all = files();
  all.client_ca = directory_ / "ca.crt";
  return all;
}

std::shared_ptr<TlsContext> Certificates::server_context() const { return TlsContext::load(files()).value(); }

std::shared_ptr<TlsContext> Certificates::server_context_with_client_ca() const {
  return TlsContext::load(files_with_client_ca()).value();
}

void Certificates::write(const std::filesystem::path& file, const std::string& content) const {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

void Certificates::write(const Credential& server) const {
  write(files().certificate, pem(server));
  write(files().key, pem(server.key));
}

std::shared_ptr<SSL_CTX> Certificates::client(Shows shows) const {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  check(X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority_.certificate.get()) == 1);
  if (shows != Shows::nothing) {
    const Credential stranger = make_certificate("authority of others", 1);
    const Credential* signer = shows == Shows::a_strangers_certificate ? &stranger : &authority_;
    const Credential mine = make_certificate(
        "a router", 7, signer,
        shows == Shows::an_ended_certificate ? std::chrono::minutes(-1) : std::chrono::days(1));
    check(SSL_CTX_use_certificate(context.get(), mine.certificate.get()) == 1);
    check(SSL_CTX_use_PrivateKey(context.get(), mine.key.get()) == 1);
  }
  return context;
}

}  // namespace doorward
