// Whom a delegate trusts over TLS. The certificates are made here: an authority, and servers with names of
// its choice.
#include "server/amqp/wire/frame.hpp"
#include "tests/server/delegate/scripted_peer.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace doorward::delegate {
namespace {

using testing::HasSubstr;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

class Tls : public testing::Test {
 protected:
  Tls()
      : folder_(std::filesystem::temp_directory_path() / ("doorward-delegate-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~Tls() override { std::filesystem::remove_all(folder_); }

  // A certificate for `name` (a subjectAltName like IP:127.0.0.1), which serves as its own authority.
  ServerCertificate certificate(const std::string& file, const std::string& name) const {
    const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const Certificate x509(X509_new(), X509_free);
    X509_set_version(x509.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3'600);
    X509_set_pubkey(x509.get(), key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(x509.get(), X509_get_subject_name(x509.get()));
    X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, name.c_str());
    X509_add_ext(x509.get(), names, -1);
    X509_EXTENSION_free(names);
    X509_sign(x509.get(), key.get(), EVP_sha256());

    const ServerCertificate files{.certificate_file = (folder_ / (file + ".crt")).string(),
                                  .key_file = (folder_ / (file + ".key")).string()};
    BIO* out = BIO_new_file(files.certificate_file.c_str(), "w");
    PEM_write_bio_X509(out, x509.get());
    BIO_free(out);
    out = BIO_new_file(files.key_file.c_str(), "w");
    PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    BIO_free(out);
    return files;
  }

  static Attempt by_tls(const ScriptedPeer& peer, const std::string& ca_file) {
    Attempt attempt = peer.attempt();
    attempt.peer.tls =
        TlsSettings{.ca_file = ca_file, .certificate_file = {}, .key_file = {}, .server_name = "a-space"};
    return attempt;
  }

  std::filesystem::path folder_;
};

void let_in(Talk& talk) {
  talk.greet(wire::sasl_header);
  talk.offer({"PLAIN"});
  talk.frame();
  talk.outcome(SaslCode::ok);
  talk.tell_identity("user", {});
}

TEST_F(Tls, LogsInWhereTheCertificateIsForTheAddress) {
  const ServerCertificate server = certificate("server", "IP:127.0.0.1");
  ScriptedPeer peer(let_in, server);
  const Result<Verdict> verdict = log_in(by_tls(peer, server.certificate_file));
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ(std::get<LetIn>(verdict->answer).identity.sub, "user");
}

TEST_F(Tls, LogsInWhereTheCertificateIsForTheHostName) {
  const ServerCertificate server = certificate("server", "DNS:localhost");
  ScriptedPeer peer(let_in, server);
  Attempt attempt = by_tls(peer, server.certificate_file);
  attempt.peer.host = "localhost";
  const Result<Verdict> verdict = log_in(std::move(attempt));
  ASSERT_TRUE(verdict) << verdict.error().message;
}

TEST_F(Tls, TrustsNoCertificateForAnotherNameNorOfAnotherAuthority) {
  const ServerCertificate right = certificate("right", "IP:127.0.0.1");
  const ServerCertificate named = certificate("named", "DNS:elsewhere.example");
  // The name that the delegate asks for by SNI is not the one that it trusts.
  const ServerCertificate realm = certificate("realm", "DNS:a-space");
  const struct {
    std::string what;
    ServerCertificate server;
    std::string ca_file, why;
  } cases[] = {
      {"another name", named, named.certificate_file, "IP address mismatch"},
      {"the name of the realm", realm, realm.certificate_file, "IP address mismatch"},
      {"another authority", right, named.certificate_file, "certificate"},
      {"the system's authorities", right, "", "self-signed certificate"},
  };
  for (const auto& c : cases) {
    bool heard = false;
    {
      ScriptedPeer peer(
          [&](Talk& talk) {
            talk.receive(1);
            heard = true;
          },
          c.server);
      const Result<Verdict> verdict = log_in(by_tls(peer, c.ca_file));
      ASSERT_FALSE(verdict) << c.what;
      EXPECT_THAT(verdict.error().message, HasSubstr(c.why)) << c.what;
      EXPECT_THAT(verdict.error().message, HasSubstr("Give the certificate of the peer's CA")) << c.what;
    }
    EXPECT_FALSE(heard) << c.what;
  }
}

TEST_F(Tls, IsNotWhatAPlainServiceSpeaks) {
  const ServerCertificate any = certificate("any", "IP:127.0.0.1");
  const ScriptedPeer::Script scripts[] = {
      [](Talk& talk) { talk.send(wire::sasl_header); },
      [](Talk&) {},
  };
  for (const ScriptedPeer::Script& script : scripts) {
    ScriptedPeer peer(script);
    const Result<Verdict> verdict = log_in(by_tls(peer, any.certificate_file));
    ASSERT_FALSE(verdict);
    EXPECT_THAT(verdict.error().message, HasSubstr("Check that this is a TLS port"));
  }
}

TEST_F(Tls, IsGivenUpAtTheDeadlineWhenTheHandshakeStalls) {
  const ServerCertificate any = certificate("any", "IP:127.0.0.1");
  ScriptedPeer peer([](Talk& talk) { talk.fall_silent(); });
  Attempt attempt = by_tls(peer, any.certificate_file);
  attempt.timeout = std::chrono::milliseconds(50);
  const Result<Verdict> verdict = log_in(std::move(attempt));
  ASSERT_FALSE(verdict);
  EXPECT_THAT(verdict.error().message, HasSubstr("did not answer in time"));
}

TEST_F(Tls, NamesTheFileThatCannotBeUsed) {
  const ServerCertificate right = certificate("right", "IP:127.0.0.1");
  const ServerCertificate other = certificate("other", "IP:127.0.0.1");
  const std::string broken = (folder_ / "broken.pem").string();
  std::ofstream(broken) << "no certificate";
  const struct {
    std::string what;
    TlsSettings settings;
    std::string why;
  } cases[] = {
      {"no CA file",
       {"/does/not/exist", "", "", ""},
       "CA certificates in /does/not/exist: No such file or directory. Give --ca a PEM file"},
      {"a broken CA file", {broken, "", "", ""}, "CA certificates in " + broken},
      {"no certificate",
       {right.certificate_file, "/does/not/exist", "", ""},
       "certificate in /does/not/exist"},
      {"no key",
       {right.certificate_file, right.certificate_file, "/does/not/exist", ""},
       "private key in /does/not/exist"},
      {"a key of another certificate",
       {right.certificate_file, right.certificate_file, other.key_file, ""},
       "private key in " + other.key_file},
  };
  for (const auto& c : cases) {
    Attempt attempt;
    attempt.peer = {.host = "127.0.0.1", .port = "1", .tls = c.settings};
    const Result<Verdict> verdict = log_in(std::move(attempt));
    ASSERT_FALSE(verdict) << c.what;
    EXPECT_EQ(verdict.error().code, ErrorCode::invalid) << c.what;
    EXPECT_THAT(verdict.error().message, HasSubstr(c.why)) << c.what;
  }
}

}  // namespace
}  // namespace doorward::delegate
