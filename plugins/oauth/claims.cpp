#include "plugins/oauth/claims.hpp"

#include <algorithm>

namespace oauth_bridge {
namespace {

using nlohmann::json;

std::unexpected<Refusal> invalid(std::string why) {
  return std::unexpected(Refusal{.status = Status::invalid_token, .why = std::move(why)});
}

//   NumericDate: seconds since 1970, perhaps with a fraction (RFC 7519 section 2)
// Later than the year 9999 means nothing.
std::optional<double> numeric_date(const json* value) {
  constexpr double latest = 253'402'300'799;
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double seconds = value->get<double>();
  if (!(seconds >= 0 && seconds <= latest)) return std::nullopt;
  return seconds;
}

// A string or a list of strings; nothing for anything else.
std::optional<std::vector<std::string>> strings(const json& value) {
  if (value.is_string()) return std::vector{value.get<std::string>()};
  if (!value.is_array()) return std::nullopt;
  std::vector<std::string> read;
  for (const json& element : value) {
    if (!element.is_string()) return std::nullopt;
    read.push_back(element.get<std::string>());
  }
  return read;
}

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::ranges::find(all, one) != all.end();
}

//   scope = scope-token *( SP scope-token )    ; RFC 6749 section 3.3; some issuers send a list, or call it
//   `scp`
std::vector<std::string> scopes_of(const json& claims) {
  const json* claim = find_claim(claims, "scope");
  if (claim == nullptr) claim = find_claim(claims, "scp");
  std::vector<std::string> scopes;
  for (const std::string& text :
       claim == nullptr ? std::vector<std::string>() : strings(*claim).value_or(std::vector<std::string>())) {
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      scopes.push_back(text.substr(at, end - at));
      at = end + 1;
    }
  }
  return scopes;
}

// As DOORWARD_MAX_IDENTITY wants it; nlohmann has seen to it that it is UTF-8.
bool is_name(std::string_view text) {
  if (text.empty() || text.size() > DOORWARD_MAX_IDENTITY) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    // U+0080 to U+009F.
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;
  }
  return true;
}

std::optional<std::unexpected<Refusal>> fault_of_dates(const json& claims, const Settings& settings,
                                                       std::chrono::sys_seconds now) {
  const auto at = static_cast<double>(now.time_since_epoch().count());
  const auto skew = static_cast<double>(settings.clock_skew.count());
  const auto expires = numeric_date(find_claim(claims, "exp"));
  if (!expires) return invalid("says not when it expires");
  if (at - skew >= *expires) return invalid("has expired");
  const json* not_before = find_claim(claims, "nbf");
  if (not_before == nullptr) return std::nullopt;
  const auto begins = numeric_date(not_before);
  if (!begins) return invalid("says by no time when it begins to count");
  if (at + skew < *begins) return invalid("does not count yet");
  return std::nullopt;
}

}  // namespace

const json* find_claim(const json& claims, const std::string& name) {
  if (!name.starts_with('/')) {
    const auto found = claims.find(name);
    return found == claims.end() ? nullptr : &*found;
  }
  const json::json_pointer pointer(name);
  return claims.contains(pointer) ? &claims.at(pointer) : nullptr;
}

std::expected<Bearer, Refusal> judge(const json& claims, const Settings& settings,
                                     std::chrono::sys_seconds now) {
  const json* issuer = find_claim(claims, "iss");
  if (issuer == nullptr || *issuer != json(settings.issuer)) return invalid("is of another issuer");
  const json* audience = find_claim(claims, "aud");
  const auto audiences = audience == nullptr ? std::nullopt : strings(*audience);
  if (!audiences || std::ranges::none_of(
                        *audiences, [&](const std::string& each) { return has(settings.audiences, each); }))
    return invalid("is for another audience");
  if (const auto fault = fault_of_dates(claims, settings, now)) return *fault;
  const std::vector<std::string> scopes = scopes_of(claims);
  if (std::ranges::any_of(settings.scopes, [&](const std::string& each) { return !has(scopes, each); }))
    return std::unexpected(Refusal{.status = Status::insufficient_scope, .why = "lacks a scope"});

  const json* identity = find_claim(claims, settings.identity_claim);
  if (identity == nullptr || !identity->is_string() || !is_name(identity->get_ref<const std::string&>()))
    return invalid("has no name in the claim " + settings.identity_claim);
  Bearer bearer{.identity = identity->get<std::string>(), .groups = {}};
  if (const json* groups = find_claim(claims, settings.groups_claim)) {
    auto read = strings(*groups);
    if (!read) return invalid("has no list of strings in the claim " + settings.groups_claim);
    bearer.groups = std::move(*read);
  }
  return bearer;
}

}  // namespace oauth_bridge
