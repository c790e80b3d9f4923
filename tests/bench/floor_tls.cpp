// The floor under TLS: a bare OpenSSL server that makes the handshake and moves the same bytes in the same
// number of round trips as a login does. Its certificate and key are those that doorward has, its settings
// OpenSSL's own but for what spares it system calls and what shapes the handshake: as at doorward, AES-128 is
// preferred, and one ticket is sent in place of two.
//
//   bench_floor_tls CERTIFICATE KEY SENT:RECEIVED,...     prints its port, serves until it is killed
#include "tests/bench/floor_loop.hpp"

#include <csignal>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace {

class TlsPeer {
 public:
  TlsPeer(SSL_CTX* context, int fd) : ssl_(SSL_new(context)), fd_(fd) {
    SSL_set_fd(ssl_, fd);
    SSL_set_accept_state(ssl_);
  }
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;
  ~TlsPeer() {
    SSL_free(ssl_);
    close(fd_);
  }

  // The handshake, too: SSL_read makes it first.
  ssize_t read(char* into, std::size_t size) {
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl_, into, size, &got);
    if (result == 1) return static_cast<ssize_t>(got);
    return SSL_get_error(ssl_, result) == SSL_ERROR_WANT_READ ? 0 : -1;
  }
  bool held() const { return SSL_pending(ssl_) > 0; }
  bool write(std::string_view bytes) {
    std::size_t sent = 0;
    return SSL_write_ex(ssl_, bytes.data(), bytes.size(), &sent) == 1;
  }
  void end() { SSL_shutdown(ssl_); }

 private:
  SSL* const ssl_;
  const int fd_;
};

SSL_CTX* make_context(const char* certificate, const char* key) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr || SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
    ERR_print_errors_fp(stderr);
    std::exit(1);
  }
  // doorward's preference, so that both make the same handshake.
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_ciphersuites(context,
                           "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256");
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  return context;
}

}  // namespace

int main(int argc, char** argv) {
  const auto turns = doorward::bench::parse_turns(argc > 3 ? argv[3] : "");
  if (turns.empty()) {
    std::fputs("usage: bench_floor_tls CERTIFICATE KEY SENT:RECEIVED,SENT:RECEIVED,...\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  SSL_CTX* const context = make_context(argv[1], argv[2]);
  doorward::bench::FloorLoop<TlsPeer>(turns).serve([&](int fd) { return new TlsPeer(context, fd); });
}
