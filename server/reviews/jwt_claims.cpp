#include "server/reviews/jwt_claims.hpp"

#include "store/model/base64.hpp"
#include "store/model/wiped_frees.hpp"

#include <nlohmann/json.hpp>

namespace doorward {
namespace {

using nlohmann::json;

// RFC 4648 section 5, without padding.
std::optional<std::string> base64url_decode(std::string_view text) {
  std::string standard(text);
  for (char& c : standard) {
    if (c == '+' || c == '/') return std::nullopt;
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  standard.append((4 - standard.size() % 4) % 4, '=');
  return base64_decode(standard);
}

//   NumericDate: seconds since 1970, perhaps with a fraction (RFC 7519 section 2)
// Later than the year 9999 means nothing, and would not fit a clock.
std::optional<std::chrono::sys_seconds> numeric_date(const json& value) {
  constexpr double latest = 253'402'300'799;
  if (!value.is_number()) return std::nullopt;
  const double seconds = value.get<double>();
  if (!(seconds >= 0 && seconds <= latest)) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

}  // namespace

//   JWS compact serialization = header "." payload "." signature    ; RFC 7515 section 7.1
JwtClaims claims_of(std::string_view token) {
  const WipedFrees wiping;  // what it says is a part of the token
  JwtClaims claims;
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos) return claims;
  const auto payload = base64url_decode(token.substr(first + 1, second - first - 1));
  if (!payload) return claims;
  const json said = json::parse(*payload, nullptr, false);
  if (!said.is_object()) return claims;

  if (const auto exp = said.find("exp"); exp != said.end()) claims.expires = numeric_date(*exp);
  const auto aud = said.find("aud");
  if (aud == said.end()) return claims;
  for (const json& audience : aud->is_array() ? *aud : json::array({*aud})) {
    if (audience.is_string()) claims.audiences.push_back(audience.get<std::string>());
  }
  return claims;
}

}  // namespace doorward
