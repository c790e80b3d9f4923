#include "plugins/oauth/signed_token.hpp"

#include "plugins/oauth/base64url.hpp"

#include <algorithm>
#include <cjose/base64.h>
#include <cjose/header.h>
#include <cjose/util.h>

#include <openssl/err.h>

namespace oauth_bridge {
namespace {

using nlohmann::json;

constexpr std::size_t max_kid_bytes = 256;

// The header once more, since cjose tells strings in it from nothing, and not from what is no string. Null
// where it is no object.
json header_of(std::string_view token) {
  const std::string_view part = token.substr(0, token.find('.'));
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  cjose_err error;
  if (!cjose_base64url_decode(part.data(), part.size(), &bytes, &size, &error)) return nullptr;
  json header = json::parse(bytes, bytes + size, nullptr, false);
  cjose_get_dealloc()(bytes);
  return header.is_object() ? header : json();
}

// What OpenSSL notes of a signature that is wrong stays on the thread, where others would find it.
struct ClearedErrors {
  ~ClearedErrors() { ERR_clear_error(); }
};

}  // namespace

std::expected<SignedToken, std::string> SignedToken::read(std::string_view token,
                                                          const std::vector<std::string>& in_use) {
  const ClearedErrors cleared;
  // Two dots: cjose would take a JWE's five parts for something else than we do.
  if (std::ranges::count(token, '.') != 2) return std::unexpected("is no signed JWT: it has no three parts");
  const std::size_t first = token.find('.'), second = token.rfind('.');
  if (!is_base64url(token.substr(0, first)) || !is_base64url(token.substr(first + 1, second - first - 1)) ||
      !is_base64url(token.substr(second + 1)))
    return std::unexpected("is no signed JWT: its parts are not base64url");
  SignedToken read;
  cjose_err error;
  read.jws_.reset(cjose_jws_import(token.data(), token.size(), &error));
  if (!read.jws_) return std::unexpected("is no signed JWT");
  // By cjose's reading of it, which is what it verifies by.
  const char* const alg = cjose_header_get(cjose_jws_get_protected(read.jws_.get()), "alg", &error);
  const bool used = alg != nullptr && std::ranges::find(in_use, std::string_view(alg)) != in_use.end();
  read.algorithm_ = used ? find_algorithm(alg) : nullptr;
  if (read.algorithm_ == nullptr) return std::unexpected("is signed by an algorithm that is not in use");
  const json header = header_of(token);
  if (!header.is_object()) return std::unexpected("is no signed JWT");
  // Extensions that must be understood (RFC 7515 section 4.1.11): there is none here.
  if (header.contains("crit")) return std::unexpected("has a header that must be understood and is not");
  if (const auto kid = header.find("kid"); kid != header.end()) {
    if (!kid->is_string() || kid->get_ref<const std::string&>().size() > max_kid_bytes)
      return std::unexpected("names its key by what is no name");
    read.kid_ = kid->get<std::string>();
  }
  return read;
}

std::expected<json, std::string> SignedToken::verify(const Key& key) {
  const ClearedErrors cleared;
  cjose_err error;
  if (!key.fits(*algorithm_)) return std::unexpected("is signed by another kind of key than it names");
  if (!cjose_jws_verify(jws_.get(), key.jwk.get(), &error))
    return std::unexpected("has a signature that is not good");
  std::uint8_t* payload = nullptr;
  std::size_t size = 0;
  if (!cjose_jws_get_plaintext(jws_.get(), &payload, &size, &error)) return std::unexpected("has no claims");
  json claims = json::parse(payload, payload + size, nullptr, false);
  if (!claims.is_object()) return std::unexpected("has claims that are no JSON object");
  return claims;
}

}  // namespace oauth_bridge
