#include "server/delegate/connection.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace doorward::delegate {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

std::string last_tls_error() {
  std::string text;
  while (const unsigned long error = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(error);
    if (reason != nullptr) text = reason;
  }
  return text.empty() ? "unknown reason" : text;
}

std::unexpected<Error> bad_file(std::string_view what, std::string_view option, const std::string& file) {
  std::string why = last_tls_error();
  if (access(file.c_str(), R_OK) != 0) why = std::generic_category().message(errno);
  return fail(ErrorCode::invalid, "cannot use the " + std::string(what) + " in " + file + ": " + why +
                                      ". Give " + std::string(option) + " a PEM file that can be read");
}

bool is_address(const std::string& host) {
  in6_addr buffer;
  return inet_pton(AF_INET, host.c_str(), &buffer) == 1 || inet_pton(AF_INET6, host.c_str(), &buffer) == 1;
}

Result<Context> make_context(const TlsSettings& settings) {
  ERR_clear_error();
  Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context) return fail(ErrorCode::internal, "TLS: " + last_tls_error());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (settings.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else if (SSL_CTX_load_verify_locations(context.get(), settings.ca_file.c_str(), nullptr) != 1) {
    return bad_file("CA certificates", "--ca", settings.ca_file);
  }
  if (settings.certificate_file.empty()) return context;
  if (SSL_CTX_use_certificate_chain_file(context.get(), settings.certificate_file.c_str()) != 1) {
    return bad_file("certificate", "--cert", settings.certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), settings.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return bad_file("private key", "--key", settings.key_file);
  }
  return context;
}

}  // namespace

Result<Connection> Connection::open(const Peer& peer, Socket::Clock::time_point deadline) {
  Session session(nullptr, SSL_free);
  if (peer.tls) {
    // Before connecting: a file that is missing is told at once.
    const Result<Context> context = make_context(*peer.tls);
    if (!context) return std::unexpected(context.error());
    session.reset(SSL_new(context->get()));
    if (!session) return fail(ErrorCode::internal, "TLS: " + last_tls_error());
  }
  Result<Socket> socket = Socket::connect(peer, deadline);
  if (!socket) return std::unexpected(socket.error());
  Connection connection(std::move(*socket), std::move(session));
  if (connection.session_) {
    if (const Result<> done = connection.handshake(peer); !done) return std::unexpected(done.error());
  }
  return connection;
}

Result<> Connection::handshake(const Peer& peer) {
  SSL* const session = session_.get();
  SSL_set_bio(session, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(session);
  if (!peer.tls->server_name.empty()) SSL_set_tlsext_host_name(session, peer.tls->server_name.c_str());
  if (is_address(peer.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), peer.host.c_str());
  } else {
    SSL_set1_host(session, peer.host.c_str());
  }

  for (;;) {
    ERR_clear_error();
    const int done = SSL_do_handshake(session);
    const int why = SSL_get_error(session, done);
    // Before the verdict: the alert that tells the peer why is waiting to be sent.
    if (const Result<> sent = flush(); !sent) return sent;
    if (done == 1) return {};
    if (why != SSL_ERROR_WANT_READ) break;
    Result<std::string> bytes = socket_.receive();
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->empty()) {
      return fail(ErrorCode::unavailable,
                  "TLS with " + peer.text() + " failed: the peer ended the connection. Check " +
                      "that this is a TLS port, and whether it asks for a certificate");
    }
    BIO_write(SSL_get_rbio(session), bytes->data(), static_cast<int>(bytes->size()));
  }
  const long verdict = SSL_get_verify_result(session);
  if (verdict != X509_V_OK) {
    return fail(ErrorCode::unavailable,
                "TLS with " + peer.text() + " failed: " + X509_verify_cert_error_string(verdict) +
                    ". Give the certificate of the peer's CA (--ca), and the host by the "
                    "name that its certificate has (--host)");
  }
  return fail(ErrorCode::unavailable,
              "TLS with " + peer.text() + " failed: " + last_tls_error() + ". Check that this is a TLS port");
}

Result<> Connection::flush() {
  BIO* const out = SSL_get_wbio(session_.get());
  std::array<char, 4'096> buffer;
  for (int count = 0; (count = BIO_read(out, buffer.data(), buffer.size())) > 0;) {
    if (const Result<> sent = socket_.send({buffer.data(), static_cast<std::size_t>(count)}); !sent)
      return sent;
  }
  return {};
}

Result<> Connection::send(std::string_view bytes) {
  if (!session_) return socket_.send(bytes);
  ERR_clear_error();
  // Into memory, so it takes everything at once.
  if (SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0) {
    return fail(ErrorCode::unavailable, "TLS: " + last_tls_error());
  }
  return flush();
}

Result<bool> Connection::fill() {
  if (!session_) {
    const Result<std::string> bytes = socket_.receive();
    if (!bytes) return std::unexpected(bytes.error());
    unread_ += *bytes;
    return !bytes->empty();
  }
  for (;;) {
    std::array<char, 16'384> buffer;
    ERR_clear_error();
    const int count = SSL_read(session_.get(), buffer.data(), buffer.size());
    const int why = SSL_get_error(session_.get(), count);
    if (const Result<> sent = flush(); !sent) return std::unexpected(sent.error());
    if (count > 0) {
      unread_.append(buffer.data(), static_cast<std::size_t>(count));
      return true;
    }
    if (why == SSL_ERROR_ZERO_RETURN) return false;
    if (why != SSL_ERROR_WANT_READ) return fail(ErrorCode::unavailable, "TLS: " + last_tls_error());
    const Result<std::string> bytes = socket_.receive();
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->empty()) return false;
    BIO_write(SSL_get_rbio(session_.get()), bytes->data(), static_cast<int>(bytes->size()));
  }
}

Result<std::string> Connection::receive(std::size_t count) {
  while (unread_.size() < count) {
    const Result<bool> more = fill();
    if (!more) return std::unexpected(more.error());
    if (!*more) return std::exchange(unread_, {});
  }
  std::string bytes = unread_.substr(0, count);
  unread_.erase(0, count);
  return bytes;
}

}  // namespace doorward::delegate
