#include "server/net/tls_context.hpp"

#include "server/ops/log.hpp"
#include "store/model/secret.hpp"

#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace doorward {
namespace {

template <class T, void (*free)(T*)>
struct Free {
  void operator()(T* object) const { free(object); }
};
using Bio = std::unique_ptr<BIO, Free<BIO, BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509, X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY, EVP_PKEY_free>>;

constexpr std::size_t max_file_bytes = 1024 * 1024;

// OpenSSL's own, in the order of doorward's preference (RFC 8446, appendix B.4).
constexpr const char* ciphersuites =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

std::string openssl_reason() {
  const unsigned long error = ERR_peek_last_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return reason == nullptr ? "unknown" : reason;
}

std::unexpected<Error> fault(const std::filesystem::path& file, std::string_view what) {
  return fail(ErrorCode::invalid, fmt::format("{}: {}", file.string(), what));
}

Result<Secret> read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fault(file, "cannot be read; check that it exists and that doorward may read it");
  std::string bytes;
  std::string chunk(16'384, '\0');
  while (stream && bytes.size() <= max_file_bytes) {
    stream.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    bytes.append(chunk, 0, static_cast<std::size_t>(stream.gcount()));
  }
  wipe(chunk);
  if (bytes.size() > max_file_bytes) return fault(file, "is larger than 1 MiB; give a PEM file");
  return Secret(std::move(bytes));
}

struct Material {
  Secret certificate, key, client_ca;
};

// Of what was read, or could not be: tells a change from what was tried before.
TlsContext::Digest digest_of(std::initializer_list<const Result<Secret>*> parts) {
  const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX, EVP_MD_CTX_free>> hash(EVP_MD_CTX_new());
  EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
  for (const Result<Secret>* part : parts) {
    const std::string_view bytes = *part ? (*part)->reveal() : std::string_view();
    const std::uint64_t mark[] = {part->has_value(), bytes.size()};
    EVP_DigestUpdate(hash.get(), mark, sizeof mark);
    EVP_DigestUpdate(hash.get(), bytes.data(), bytes.size());
  }
  TlsContext::Digest digest{};
  EVP_DigestFinal_ex(hash.get(), digest.data(), nullptr);
  return digest;
}

Bio reader_of(const Secret& pem) {
  return Bio(BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.size())));
}

// Never asks for a passphrase on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

// Every certificate of a PEM file. A file that ends within one is refused: it is being written.
Result<std::vector<Certificate>> certificates_of(const std::filesystem::path& file, const Secret& pem) {
  const Bio bio = reader_of(pem);
  std::vector<Certificate> found;
  ERR_clear_error();
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)) found.emplace_back(next);
  const unsigned long error = ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (!at_end) return fault(file, fmt::format("a certificate in it cannot be read ({})", openssl_reason()));
  if (found.empty()) return fault(file, "holds no certificate; give a PEM file");
  ERR_clear_error();
  return found;
}

Result<> use_certificate(SSL_CTX* context, const TlsFiles& files, const Material& material) {
  auto chain = certificates_of(files.certificate, material.certificate);
  if (!chain) return std::unexpected(chain.error());
  if (SSL_CTX_use_certificate(context, chain->front().get()) != 1) {
    return fault(files.certificate, fmt::format("OpenSSL refuses it ({})", openssl_reason()));
  }
  for (std::size_t i = 1; i < chain->size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, (*chain)[i].get()) != 1) {
      return fault(files.certificate, fmt::format("OpenSSL refuses its chain ({})", openssl_reason()));
    }
  }

  const Bio bio = reader_of(material.key);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key) {
    return fault(files.key,
                 fmt::format("holds no key that can be read ({}); give a PEM file without a passphrase",
                             openssl_reason()));
  }
  if (X509_check_private_key(chain->front().get(), key.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return fault(files.key,
                 fmt::format("is not the key of the certificate in {}", files.certificate.string()));
  }
  return {};
}

// This authority and no other: the system's do not vouch for delegates.
Result<> trust_clients_of(SSL_CTX* context, const TlsFiles& files, const Material& material) {
  auto authorities = certificates_of(files.client_ca, material.client_ca);
  if (!authorities) return std::unexpected(authorities.error());
  for (const Certificate& authority : *authorities) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) != 1 ||
        SSL_CTX_add_client_CA(context, authority.get()) != 1) {
      return fault(files.client_ca, fmt::format("OpenSSL refuses it ({})", openssl_reason()));
    }
  }
  return {};
}

Result<std::shared_ptr<SSL_CTX>> make_context(const TlsFiles& files, const Material& material) {
  ERR_clear_error();
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1) {
    return fail(ErrorCode::internal, fmt::format("TLS cannot be set up ({})", openssl_reason()));
  }
  // What was read is wiped in OpenSSL's buffers once we have it: passwords come that way.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF |
                                         SSL_OP_CLEANSE_PLAINTEXT);
  // AES-128 with SHA-256 first: all keys of TLS 1.3 are made by HMACs, for which OpenSSL prefers SHA-384;
  // that costs a login a twentieth more where the processor knows SHA-256. A client still gets what it asks
  // for.
  if (SSL_CTX_set_ciphersuites(context.get(), ciphersuites) != 1) {
    return fail(ErrorCode::internal, fmt::format("TLS cannot be set up ({})", openssl_reason()));
  }
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context.get(), 1);
  // Sessions resume by tickets alone, under a key of this context, on every loop: nothing is kept here for a
  // client. Who asks for certificates lets none resume.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 1);

  if (auto used = use_certificate(context.get(), files, material); !used)
    return std::unexpected(used.error());
  if (!files.client_ca.empty()) {
    if (auto trusted = trust_clients_of(context.get(), files, material); !trusted) {
      return std::unexpected(trusted.error());
    }
  }
  return context;
}

}  // namespace

// The context keeps no sessions, so without tickets there is nothing to resume.
void never_resume(SSL& session) {
  SSL_set_options(&session, SSL_OP_NO_TICKET);
  SSL_set_num_tickets(&session, 0);  // of TLS 1.3, where the option alone sends some that resume nothing
}

Result<std::unique_ptr<TlsContext>> TlsContext::load(const TlsFiles& files) {
  std::unique_ptr<TlsContext> made(new TlsContext(files));
  if (auto loaded = made->read(); !loaded) return std::unexpected(loaded.error());
  return made;
}

Result<TlsContext::Reload> TlsContext::reload() {
  auto read_again = read();
  if (!read_again) {
    log::warning("certificate not replaced: the old one stays in use",
                 {{"reason", read_again.error().message}});
  } else if (*read_again == Reload::swapped) {
    log::info("certificate replaced", {{"certificate", files_.certificate.string()}});
  }
  return read_again;
}

Result<TlsContext::Reload> TlsContext::read() {
  const std::lock_guard one_at_a_time(reading_);
  auto certificate = read_file(files_.certificate);
  auto key = read_file(files_.key);
  auto client_ca = files_.client_ca.empty() ? Result<Secret>() : read_file(files_.client_ca);

  const Digest digest = digest_of({&certificate, &key, &client_ca});
  if (std::exchange(seen_, digest) == digest) return Reload::unchanged;
  for (const Result<Secret>* part : {&certificate, &key, &client_ca}) {
    if (!*part) return std::unexpected(part->error());
  }
  auto context =
      make_context(files_, Material{std::move(*certificate), std::move(*key), std::move(*client_ca)});
  if (!context) return std::unexpected(context.error());
  const std::lock_guard swap(swapping_);
  context_ = std::move(*context);
  return Reload::swapped;
}

std::shared_ptr<SSL_CTX> TlsContext::current() const {
  const std::lock_guard lock(swapping_);
  return context_;
}

}  // namespace doorward
