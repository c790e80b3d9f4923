#pragma once
// A JWT as a JWS in its compact form (RFC 7515, RFC 7519): its header, and by a key its claims. cjose takes
// it apart and verifies it; what is decided here is by which algorithm and with which key. One owner, one
// thread at a time.
#include "plugins/oauth/key_set.hpp"

#include <cjose/jws.h>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace oauth_bridge {

class SignedToken {
 public:
  // Nothing of it is believed yet. The error says why it can be no token for one of these algorithms.
  // Whatever the header says of keys and of where to find them (`jwk`, `jku`, `x5c`, `x5u`) is not looked at.
  // The caller bounds the token.
  static std::expected<SignedToken, std::string> read(std::string_view token,
                                                      const std::vector<std::string>& algorithms);

  const Algorithm& algorithm() const { return *algorithm_; }
  const std::optional<std::string>& kid() const { return kid_; }

  // The claims, where the signature is the key's; else why not.
  std::expected<nlohmann::json, std::string> verify(const Key& key);

 private:
  struct Release {
    void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
  };

  std::unique_ptr<cjose_jws_t, Release> jws_;
  const Algorithm* algorithm_ = nullptr;
  std::optional<std::string> kid_;
};

}  // namespace oauth_bridge
