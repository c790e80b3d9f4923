#include "server/rest/continue_token.hpp"

#include "store/model/base64.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace doorward::rest {

namespace {

constexpr std::size_t mac_bytes = 32;
constexpr std::size_t max_token = 2'048;  // two names of 253 bytes and some

// The alphabet of RFC 4648 section 5 needs no escape in a query.
void to_url_alphabet(std::string& text) {
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  while (text.ends_with('=')) text.pop_back();
}

void from_url_alphabet(std::string& text) {
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
}

}  // namespace

std::string ContinueTokens::mac(std::string_view payload, std::string_view scope) const {
  // The length keeps payload and scope apart.
  const std::string message =
      std::to_string(payload.size()) + ":" + std::string(payload) + std::string(scope);
  std::array<unsigned char, mac_bytes> digest{};
  unsigned length = 0;
  const std::string_view key = key_.reveal();
  ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(), &length);
  return {reinterpret_cast<const char*>(digest.data()), length};
}

std::string ContinueTokens::make(const Continuation& at, std::string_view scope) const {
  const std::string payload = std::to_string(at.version) + "/" + at.ns + "/" + at.name;
  std::string token = base64_encode(mac(payload, scope) + payload);
  to_url_alphabet(token);
  return token;
}

std::optional<Continuation> ContinueTokens::read(std::string_view token, std::string_view scope) const {
  if (token.size() > max_token) return std::nullopt;
  std::string text(token);
  from_url_alphabet(text);
  const auto bytes = base64_decode(text);
  if (!bytes || bytes->size() < mac_bytes) return std::nullopt;
  const std::string_view payload = std::string_view(*bytes).substr(mac_bytes);
  if (!equal_in_constant_time(std::string_view(*bytes).substr(0, mac_bytes), mac(payload, scope)))
    return std::nullopt;

  Continuation at;
  const auto [end, error] = std::from_chars(payload.data(), payload.data() + payload.size(), at.version);
  const std::string_view names = payload.substr(static_cast<std::size_t>(end - payload.data()));
  const std::size_t slash = names.find('/', 1);
  if (error != std::errc{} || !names.starts_with('/') || slash == std::string_view::npos) return std::nullopt;
  at.ns = names.substr(1, slash - 1);
  at.name = names.substr(slash + 1);
  return at;
}

}  // namespace doorward::rest
