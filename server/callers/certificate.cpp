#include "server/callers/certificate.hpp"

#include <arpa/inet.h>
#include <array>
#include <ctime>
#include <memory>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace doorward {
namespace {

constexpr long clocks_differ_by = 3'600;  // seconds

template <class T, void (*free)(T*)>
struct Free {
  void operator()(T* object) const { free(object); }
};
using Bio = std::unique_ptr<BIO, Free<BIO, BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509, X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY, EVP_PKEY_free>>;

std::unexpected<Error> defect() { return fail(ErrorCode::internal, "OpenSSL could not make a certificate"); }

Bio reader_of(std::string_view pem) { return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

int no_passphrase(char*, int, int, void*) { return -1; }

Certificate certificate_of(std::string_view pem) {
  return Certificate(PEM_read_bio_X509(reader_of(pem).get(), nullptr, no_passphrase, nullptr));
}

Key key_of(std::string_view pem) {
  return Key(PEM_read_bio_PrivateKey(reader_of(pem).get(), nullptr, no_passphrase, nullptr));
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

bool extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION, X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool is_ip(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> address;
  return ::inet_pton(AF_INET, name.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), address.data()) == 1;
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", is_ip(name) ? "IP" : "DNS", name);
  }
  return text;
}

struct Made {
  Certificate certificate;
  Key key;
};

// Everything but the extensions and the signature. 128 random bits make the serial number (CA/B Forum asks
// for 64).
Result<Made> begin(const std::string& name, Days valid) {
  Made made{Certificate(X509_new()), Key(EVP_EC_gen("P-256"))};
  std::array<unsigned char, 16> serial{};
  if (!made.certificate || !made.key || RAND_bytes(serial.data(), static_cast<int>(serial.size())) != 1)
    return defect();
  serial.front() &= 0x7f;
  serial.front() |= 0x40;
  const std::unique_ptr<BIGNUM, Free<BIGNUM, BN_free>> number(
      BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
  X509* certificate = made.certificate.get();
  const bool done =
      number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr &&
      X509_set_version(certificate, X509_VERSION_3) == 1 &&
      X509_gmtime_adj(X509_getm_notBefore(certificate), -clocks_differ_by) != nullptr &&
      X509_time_adj_ex(X509_getm_notAfter(certificate), valid.count(), 0, nullptr) != nullptr &&
      X509_set_pubkey(certificate, made.key.get()) == 1 &&
      X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0) == 1;
  if (!done) return defect();
  return made;
}

Result<KeyAndCertificate> written(const Made& made) {
  const Bio certificate(BIO_new(BIO_s_mem())), key(BIO_new(BIO_s_secmem()));
  if (PEM_write_bio_X509(certificate.get(), made.certificate.get()) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(key.get(), made.key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return defect();
  }
  return KeyAndCertificate{text_of(certificate.get()), Secret(text_of(key.get()))};
}

bool begins_in_the_future(X509* certificate) {
  return X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0;
}

// `pem`: what `certificate` was read from.
std::string why_unfit(std::string_view pem, X509* certificate, EVP_PKEY* key, Days left) {
  if (pem.empty()) return "there was none";
  if (certificate == nullptr) return "it cannot be read";
  if (key == nullptr || X509_check_private_key(certificate, key) != 1)
    return "its key is missing or another's";
  std::time_t then = std::time(nullptr) + left.count() * std::time_t{86'400};
  if (X509_cmp_time(X509_get0_notAfter(certificate), &then) <= 0) return "it ends soon";
  return "";
}

}  // namespace

Result<KeyAndCertificate> make_authority(const std::string& name, Days valid) {
  auto made = begin(name, valid);
  if (!made) return std::unexpected(made.error());
  X509* certificate = made->certificate.get();
  const bool done = X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) == 1 &&
                    extend(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                    extend(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                    extend(certificate, certificate, NID_subject_key_identifier, "hash") &&
                    X509_sign(certificate, made->key.get(), EVP_sha256()) > 0;
  return done ? written(*made) : defect();
}

Result<KeyAndCertificate> make_server_certificate(const KeyAndCertificate& authority,
                                                  const std::vector<std::string>& names, Days valid) {
  const Certificate issuer = certificate_of(authority.certificate);
  const Key issuer_key = key_of(authority.key.reveal());
  auto made = begin("doorward", valid);
  if (!made || !issuer || !issuer_key) return defect();
  X509* certificate = made->certificate.get();
  const bool done = X509_set_issuer_name(certificate, X509_get_subject_name(issuer.get())) == 1 &&
                    extend(certificate, issuer.get(), NID_basic_constraints, "critical,CA:FALSE") &&
                    extend(certificate, issuer.get(), NID_key_usage, "critical,digitalSignature") &&
                    extend(certificate, issuer.get(), NID_ext_key_usage, "serverAuth") &&
                    extend(certificate, issuer.get(), NID_subject_key_identifier, "hash") &&
                    extend(certificate, issuer.get(), NID_authority_key_identifier, "keyid:always") &&
                    extend(certificate, issuer.get(), NID_subject_alt_name, alternative_names(names)) &&
                    X509_sign(certificate, issuer_key.get(), EVP_sha256()) > 0;
  return done ? written(*made) : defect();
}

std::string why_unfit(const KeyAndCertificate& authority, Days left) {
  return why_unfit(authority.certificate, certificate_of(authority.certificate).get(),
                   key_of(authority.key.reveal()).get(), left);
}

bool begins_in_the_future(std::string_view certificate) {
  const Certificate parsed = certificate_of(certificate);
  return parsed && begins_in_the_future(parsed.get());
}

std::string why_unfit(const KeyAndCertificate& server, std::string_view authority_certificate,
                      const std::vector<std::string>& names, Days left) {
  const Certificate certificate = certificate_of(server.certificate);
  const Certificate authority = certificate_of(authority_certificate);
  std::string why = why_unfit(server.certificate, certificate.get(), key_of(server.key.reveal()).get(), left);
  if (!why.empty()) return why;
  if (begins_in_the_future(certificate.get())) return "it begins in the future";
  if (!authority || X509_verify(certificate.get(), X509_get0_pubkey(authority.get())) != 1) {
    return "another authority signed it";
  }
  for (const std::string& name : names) {
    const bool found = is_ip(name)
                           ? X509_check_ip_asc(certificate.get(), name.c_str(), 0) == 1
                           : X509_check_host(certificate.get(), name.data(), name.size(), 0, nullptr) == 1;
    if (!found) return "it does not name " + name;
  }
  return "";
}

std::string root_of(std::string_view chain) {
  const Bio reader = reader_of(chain);
  std::string root;
  while (root.empty()) {
    const Certificate next(PEM_read_bio_X509(reader.get(), nullptr, no_passphrase, nullptr));
    if (!next) break;
    if (X509_self_signed(next.get(), 1) != 1) continue;
    const Bio writer(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_X509(writer.get(), next.get()) == 1) root = text_of(writer.get());
  }
  ERR_clear_error();  // the end of a file is one
  return root;
}

}  // namespace doorward
