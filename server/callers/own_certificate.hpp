#pragma once
// The certificate that doorward makes for its HTTPS listener when nobody gives it one: `tls/` in the data
// directory with an authority (`ca.crt`, `ca.key`) and a server's certificate of it (`tls.crt`, `tls.key`).
// Made at the first start, and anew before it ends or when a name is missing in it; the authority stays, so
// that clients do.
//
// One thread: that of the start, later the watchman's.
#include "server/callers/certificate.hpp"
#include "server/net/tls_context.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace doorward {

class OwnCertificate {
 public:
  // `host`: the address that is listened on.
  OwnCertificate(std::filesystem::path directory, const std::string& host);

  // Makes what is missing or unfit; tells the log what it made.
  Result<> ensure();

  TlsFiles files() const { return {.certificate = path("tls.crt"), .key = path("tls.key"), .client_ca = {}}; }
  std::filesystem::path authority() const { return path("ca.crt"); }

 private:
  std::filesystem::path path(const char* name) const { return directory_ / name; }
  Result<KeyAndCertificate> read(const char* certificate, const char* key) const;
  Result<> write(const KeyAndCertificate& made, const char* certificate, const char* key) const;

  const std::filesystem::path directory_;
  const std::vector<std::string> names_;
};

}  // namespace doorward
