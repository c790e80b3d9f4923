#include "tests/bench/tls_client.hpp"

#include <stdexcept>

namespace doorward::bench {
namespace {

// Asio keeps the application's data of a context for itself.
int client_of_context() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

}  // namespace

TlsClient::TlsClient(bool resume) : resume_(resume) {
  SSL_CTX* const context = context_.native_handle();
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_set_ex_data(context, client_of_context(), this);
  SSL_CTX_sess_set_new_cb(context, &TlsClient::keep_session);
}

// A copy is kept, and a copy of it is used each time: OpenSSL's client resumes a session of TLS 1.3 once.
int TlsClient::keep_session(SSL* ssl, SSL_SESSION* session) {
  auto* client = static_cast<TlsClient*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), client_of_context()));
  if (client->resume_ && !client->session_) client->session_.reset(SSL_SESSION_dup(session));
  return 0;  // the session itself stays OpenSSL's
}

TlsStream TlsClient::stream(Socket& socket) {
  TlsStream made(socket, context_);
  if (!session_) return made;
  const Session once(SSL_SESSION_dup(session_.get()));
  if (!once || SSL_set_session(made.native_handle(), once.get()) != 1)
    throw std::runtime_error("the session cannot be resumed");
  return made;
}

}  // namespace doorward::bench
