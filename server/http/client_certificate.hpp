#pragma once
// The certificate that one connection's client showed. A handshake judges it once, and its connection may be
// kept beyond the certificate's end, or after another authority has taken the place of the one that signed
// it: so it is asked again whether it would still pass.
//
// One thread: that of the connection.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <openssl/ssl.h>

namespace doorward::http {

// Who a client certificate says its owner is: the subject's CN, and its O's (Kubernetes' user and groups).
struct Subject {
  std::string common_name;
  std::vector<std::string> organizations;
};

class ClientCertificate {
 public:
  // After a handshake with `context`, which `session` outlives this.
  ClientCertificate(SSL& session, std::shared_ptr<SSL_CTX> context);

  // Nothing where none was shown. A name with a NUL or bad UTF-8 counts as none.
  std::optional<Subject> subject() const;
  // Why a handshake with `current` would refuse it now, in OpenSSL's words; empty: it would not, or there is
  // none. Verifies signatures only where the context is another one, or an end has come.
  std::string lapse(const std::shared_ptr<SSL_CTX>& current);

 private:
  struct FreeChain {
    void operator()(STACK_OF(X509) * chain) const;
  };
  bool has_ended() const;
  int verify(SSL_CTX& context);

  SSL& session_;
  std::shared_ptr<SSL_CTX> verified_by_;
  std::unique_ptr<STACK_OF(X509), FreeChain> chain_;  // up to the authority; null: none was shown
};

}  // namespace doorward::http
