#pragma once
// An issuer of the tests' own: keys, tokens signed by them (or by nobody, or by what is no key), and the set
// of keys as it would be published.
#include <cjose/jwk.h>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace oauth_bridge {

// A private key. RSA keys take a while to make: the same name gives the same key.
class SigningKey {
 public:
  static SigningKey rsa(const std::string& kid, std::size_t bits = 2'048);
  static SigningKey ec(const std::string& kid, cjose_jwk_ec_curve curve = CJOSE_JWK_EC_P_256);

  const std::string& kid() const { return kid_; }
  // As it is published.
  nlohmann::json jwk() const;
  std::string token(const nlohmann::json& claims, const char* algorithm,
                    const nlohmann::json& more_header = nlohmann::json::object()) const;

 private:
  std::string kid_;
  std::shared_ptr<cjose_jwk_t> key_;
};

std::string key_set(const std::vector<nlohmann::json>& keys);

// With whatever header and signature.
std::string made_up_token(const nlohmann::json& header, const std::string& claims,
                          std::string_view signature);
// HMAC with SHA-256 over header and claims, with `secret` as the key.
std::string hmac_token(const nlohmann::json& header, const nlohmann::json& claims, const std::string& secret);

// Of the issuer https://issuer.example, for `amqp`, for ann of the group staff, good until the year 2100.
nlohmann::json good_claims();

}  // namespace oauth_bridge
