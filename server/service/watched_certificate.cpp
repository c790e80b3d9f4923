#include "server/service/watched_certificate.hpp"

#include "server/ops/log.hpp"

#include <utility>

namespace doorward {

Result<std::unique_ptr<WatchedCertificate>> WatchedCertificate::load(const TlsFiles& files) {
  auto loaded = TlsContext::load(files);
  if (!loaded) return fail(ErrorCode::invalid, loaded.error().message);
  return std::unique_ptr<WatchedCertificate>(
      new WatchedCertificate(files.certificate.native(), std::move(*loaded)));
}

// The context tells the log of what is new; whoever asks also hears that nothing is.
bool WatchedCertificate::look(bool asked) {
  const auto reloaded = tls_->reload();
  if (!reloaded) {
    fault_ = reloaded.error().message;
    refused_ = true;
  } else if (*reloaded == TlsContext::Reload::swapped) {
    fault_.clear();
    refused_ = false;
  } else if (asked && fault_.empty()) {
    log::info("certificate has not changed", {{"certificate", name_}});
  } else if (asked) {
    log::warning("certificate still not replaced: the old one stays in use", {{"reason", fault_}});
  }
  return reloaded && *reloaded == TlsContext::Reload::swapped;
}

}  // namespace doorward
