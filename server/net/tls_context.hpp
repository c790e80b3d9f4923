#pragma once
// The certificate of the TLS listeners and the authority for the certificates of delegates. reload() reads
// the files again and swaps the whole context: connections that have begun keep the one that they began with,
// and a file that is half written, or does not fit its key, leaves the old context in place.
//
// One for the process. Any thread may call anything; reload() reads files, so not on an event loop.
#include "store/model/result.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include <openssl/ssl.h>

namespace doorward {

struct TlsFiles {
  std::filesystem::path certificate;  // PEM: the certificate, then those that lead to its root
  std::filesystem::path key;          // PEM, without a passphrase
  std::filesystem::path client_ca;    // PEM; empty: delegates show no certificates
};

// No session of it is resumed, nor does it offer to be: a resumed one would keep who the client was past the
// end of its certificate, and past a change of the authority.
void never_resume(SSL& session);

class TlsContext {
 public:
  using Digest = std::array<unsigned char, 32>;

  static Result<std::unique_ptr<TlsContext>> load(const TlsFiles& files);

  enum class Reload : std::uint8_t { unchanged, swapped };
  // An error says why the old context stays; the same faulty files are an error once, then `unchanged`. Logs
  // what it did.
  Result<Reload> reload();

  std::shared_ptr<SSL_CTX> current() const;

 private:
  explicit TlsContext(TlsFiles files) : files_(std::move(files)) {}
  Result<Reload> read();

  const TlsFiles files_;
  std::mutex reading_;
  Digest seen_{};  // of the files at the last attempt
  mutable std::mutex swapping_;
  std::shared_ptr<SSL_CTX> context_;
};

}  // namespace doorward
