#pragma once
// X.509 as far as doorward makes its own: an authority and a server's certificate, ECDSA on P-256, in PEM.
// Pure functions; an error here is a defect or a machine without random numbers.
#include "store/model/result.hpp"
#include "store/model/secret.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace doorward {

struct KeyAndCertificate {
  std::string certificate;  // PEM
  Secret key;               // PEM, PKCS #8 without a passphrase
};

using Days = std::chrono::duration<int, std::ratio<86'400>>;

Result<KeyAndCertificate> make_authority(const std::string& name, Days valid);
// `names`: host names and IP addresses, all of them as subject alternative names.
Result<KeyAndCertificate> make_server_certificate(const KeyAndCertificate& authority,
                                                  const std::vector<std::string>& names, Days valid);

// Why a server cannot go on with this certificate for `left` more time: it ends before, it has not begun, the
// key is another's, the authority did not sign it, a name is missing. Empty: it can.
std::string why_unfit(const KeyAndCertificate& server, std::string_view authority_certificate,
                      const std::vector<std::string>& names, Days left);
// The same of an authority by itself, whether it has begun or not: clients trust the one that they know, and
// a clock that was wrong for a moment must not replace it.
std::string why_unfit(const KeyAndCertificate& authority, Days left);
// By this machine's clock. `certificate`: PEM. False where it cannot be read.
bool begins_in_the_future(std::string_view certificate);

// Of a PEM chain the certificate that signed itself, which is what a client has to trust, in PEM. Empty: the
// chain has none, or is none.
std::string root_of(std::string_view chain);

}  // namespace doorward
