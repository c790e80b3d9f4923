#pragma once
// The certificate of a listener, and whether the newest of its files are in use: they are read again at each
// look, and where they are refused the old ones stay, which a metric shows for as long as it is so.
//
// look() belongs to one thread at a time, the rest to any.
#include "server/net/tls_context.hpp"
#include "store/model/result.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace doorward {

class WatchedCertificate {
 public:
  // An error says what is wrong with the files: `invalid`.
  static Result<std::unique_ptr<WatchedCertificate>> load(const TlsFiles& files);

  // Takes files that have changed; whether there were any. Where `asked`, the log also tells that they have
  // not, or that the refused ones are still the newest.
  bool look(bool asked);

  const std::shared_ptr<TlsContext>& tls() const { return tls_; }
  // The newest files are not in use.
  bool refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  WatchedCertificate(std::string name, std::shared_ptr<TlsContext> tls)
      : name_(std::move(name)), tls_(std::move(tls)) {}

  const std::string name_;  // of the file, for the log
  const std::shared_ptr<TlsContext> tls_;
  std::string fault_;  // why the newest files are not in use; empty: they are
  std::atomic<bool> refused_ = false;
};

}  // namespace doorward
