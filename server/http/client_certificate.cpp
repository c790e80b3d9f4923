#include "server/http/client_certificate.hpp"

#include "store/model/names.hpp"

#include <utility>

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

namespace doorward::http {
namespace {

// Nothing where the entry cannot be a name: Kubernetes' names are text.
std::optional<std::string> text_of(const X509_NAME* name, int index) {
  unsigned char* bytes = nullptr;
  const int size = ASN1_STRING_to_UTF8(&bytes, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
  if (size < 0) return std::nullopt;
  std::string text(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  if (text.empty() || text.find('\0') != std::string::npos || !is_utf8(text)) return std::nullopt;
  return text;
}

}  // namespace

void ClientCertificate::FreeChain::operator()(STACK_OF(X509) * chain) const {
  sk_X509_pop_free(chain, X509_free);
}

ClientCertificate::ClientCertificate(SSL& session, std::shared_ptr<SSL_CTX> context)
    : session_(session), verified_by_(std::move(context)) {
  STACK_OF(X509)* const verified = SSL_get0_verified_chain(&session_);
  if (verified != nullptr && SSL_get_verify_result(&session_) == X509_V_OK) {
    chain_.reset(X509_chain_up_ref(verified));
  }
}

std::optional<Subject> ClientCertificate::subject() const {
  if (!chain_) return std::nullopt;
  const X509_NAME* name = X509_get_subject_name(sk_X509_value(chain_.get(), 0));
  Subject subject;
  int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (index < 0) return std::nullopt;
  auto common_name = text_of(name, index);
  if (!common_name) return std::nullopt;
  subject.common_name = *std::move(common_name);
  for (index = -1; (index = X509_NAME_get_index_by_NID(name, NID_organizationName, index)) >= 0;) {
    auto organization = text_of(name, index);
    if (!organization) return std::nullopt;
    subject.organizations.push_back(*std::move(organization));
  }
  return subject;
}

std::string ClientCertificate::lapse(const std::shared_ptr<SSL_CTX>& current) {
  if (!chain_ || (current == verified_by_ && !has_ended())) return {};
  if (const int fault = verify(*current); fault != X509_V_OK) return X509_verify_cert_error_string(fault);
  verified_by_ = current;
  return {};
}

// Or what vouches for it has.
bool ClientCertificate::has_ended() const {
  for (int i = 0; i < sk_X509_num(chain_.get()); ++i) {
    if (X509_cmp_current_time(X509_get0_notAfter(sk_X509_value(chain_.get(), i))) <= 0) return true;
  }
  return false;
}

// As the handshake did it, with what the client sent then.
int ClientCertificate::verify(SSL_CTX& context) {
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> asked(X509_STORE_CTX_new(),
                                                                              X509_STORE_CTX_free);
  if (!asked ||
      X509_STORE_CTX_init(asked.get(), SSL_CTX_get_cert_store(&context), sk_X509_value(chain_.get(), 0),
                          SSL_get_peer_cert_chain(&session_)) != 1 ||
      X509_STORE_CTX_set_default(asked.get(), "ssl_client") != 1) {
    return X509_V_ERR_OUT_OF_MEM;
  }
  X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(asked.get()),
                                   SSL_CTX_get_security_level(&context));
  if (X509_verify_cert(asked.get()) != 1) {
    const int fault = X509_STORE_CTX_get_error(asked.get());
    return fault == X509_V_OK ? X509_V_ERR_UNSPECIFIED : fault;
  }
  chain_.reset(X509_STORE_CTX_get1_chain(asked.get()));
  return X509_V_OK;
}

}  // namespace doorward::http
