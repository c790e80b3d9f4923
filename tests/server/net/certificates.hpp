#pragma once
// Certificates made for a test, in a directory of its own: an authority, a server's certificate, and clients
// that do or do not have one.
#include "server/net/tls_context.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace doorward {

using CertificatePtr = std::shared_ptr<X509>;
using KeyPtr = std::shared_ptr<EVP_PKEY>;

struct Credential {
  CertificatePtr certificate;
  KeyPtr key;
};

// Signed by `authority`, or by itself where there is none. Good from an hour ago on, until then.
Credential make_certificate(const std::string& name, long serial, const Credential* authority = nullptr,
                            std::chrono::seconds until = std::chrono::days(1));
std::string pem(const Credential& credential);
std::string pem(const KeyPtr& key);

class Certificates {
 public:
  Certificates();
  ~Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  TlsFiles files() const;
  TlsFiles files_with_client_ca() const;
  std::shared_ptr<TlsContext> server_context() const;
  std::shared_ptr<TlsContext> server_context_with_client_ca() const;

  std::string authority() const { return pem(authority_); }
  // Another certificate for the server, with that serial number and a new key.
  Credential make_server(long serial) const { return make_certificate("localhost", serial, &authority_); }
  void write(const std::filesystem::path& file, const std::string& content) const;
  void write(const Credential& server) const;

  // A client that trusts the authority; with a certificate of it, one that ended a minute ago, or one of
  // another authority.
  enum class Shows { nothing, its_certificate, an_ended_certificate, a_strangers_certificate };
  std::shared_ptr<SSL_CTX> client(Shows shows = Shows::nothing) const;

 private:
  std::filesystem::path directory_;
  Credential authority_;
};

}  // namespace doorward
