#include "tests/plugins/oauth_issuer.hpp"

#include <array>
#include <cjose/cjose.h>
#include <map>
#include <mutex>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace oauth_bridge {
namespace {

using nlohmann::json;

std::string base64url(std::string_view bytes) {
  char* text = nullptr;
  std::size_t size = 0;
  cjose_err error;
  if (bytes.empty()) return "";
  if (!cjose_base64url_encode(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), &text, &size,
                              &error))
    throw std::runtime_error("base64url");
  const std::string made(text, size);
  cjose_get_dealloc()(text);
  return made;
}

std::shared_ptr<cjose_jwk_t> own(cjose_jwk_t* key) {
  if (key == nullptr) throw std::runtime_error("no key could be made");
  return {key, [](cjose_jwk_t* each) { cjose_jwk_release(each); }};
}

}  // namespace

SigningKey SigningKey::rsa(const std::string& kid, std::size_t bits) {
  static std::mutex mutex;
  static std::map<std::pair<std::string, std::size_t>, std::shared_ptr<cjose_jwk_t>> made;
  const std::lock_guard lock(mutex);
  auto& key = made[{kid, bits}];
  cjose_err error;
  constexpr std::array<std::uint8_t, 3> e{1, 0, 1};
  if (!key) key = own(cjose_jwk_create_RSA_random(bits, e.data(), e.size(), &error));
  SigningKey signing;
  signing.kid_ = kid;
  signing.key_ = key;
  return signing;
}

SigningKey SigningKey::ec(const std::string& kid, cjose_jwk_ec_curve curve) {
  SigningKey signing;
  cjose_err error;
  signing.kid_ = kid;
  signing.key_ = own(cjose_jwk_create_EC_random(curve, &error));
  return signing;
}

json SigningKey::jwk() const {
  cjose_err error;
  char* text = cjose_jwk_to_json(key_.get(), false, &error);
  json made = json::parse(text);
  cjose_get_dealloc()(text);
  made["kid"] = kid_;
  return made;
}

std::string SigningKey::token(const json& claims, const char* algorithm, const json& more_header) const {
  cjose_err error;
  cjose_header_t* header = cjose_header_new(&error);
  cjose_header_set(header, "alg", algorithm, &error);
  if (!kid_.empty()) cjose_header_set(header, "kid", kid_.c_str(), &error);
  for (const auto& [name, value] : more_header.items())
    cjose_header_set_raw(header, name.c_str(), value.dump().c_str(), &error);
  const std::string payload = claims.dump();
  cjose_jws_t* jws = cjose_jws_sign(key_.get(), header, reinterpret_cast<const std::uint8_t*>(payload.data()),
                                    payload.size(), &error);
  const char* text = nullptr;
  if (jws == nullptr || !cjose_jws_export(jws, &text, &error))
    throw std::runtime_error("no token could be signed");
  std::string made = text;
  cjose_jws_release(jws);
  cjose_header_release(header);
  return made;
}

std::string key_set(const std::vector<json>& keys) { return json{{"keys", keys}}.dump(); }

std::string made_up_token(const json& header, const std::string& claims, std::string_view signature) {
  return base64url(header.dump()) + '.' + base64url(claims) + '.' + base64url(signature);
}

std::string hmac_token(const json& header, const json& claims, const std::string& secret) {
  const std::string signed_part = base64url(header.dump()) + '.' + base64url(claims.dump());
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size(), mac.data(), &size);
  return signed_part + '.' + base64url({reinterpret_cast<const char*>(mac.data()), size});
}

json good_claims() {
  return {{"iss", "https://issuer.example"},
          {"aud", "amqp"},
          {"sub", "ann"},
          {"groups", {"staff"}},
          {"exp", 4'102'444'800},
          {"nbf", 1'700'000'000}};
}

}  // namespace oauth_bridge
