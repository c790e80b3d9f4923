#include "plugins/oauth/settings.hpp"

#include "plugins/oauth/algorithm.hpp"
#include "plugins/shared/config.hpp"

#include <curl/curl.h>
#include <memory>

namespace oauth_bridge {
namespace {

using doorward_plugin_cpp::Config;

constexpr std::int64_t day = 86'400;

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::string required(const Config& config, const char* field, const char* what) {
  std::string text = config.text(field, "");
  if (text.empty()) config.refuse(field, std::string("is required: ") + what);
  return text;
}

// As libcurl will read it.
void check_url(const Config& config, const char* field, const std::string& text) {
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  const auto has = [&](CURLUPart part) {
    char* value = nullptr;
    const bool there = curl_url_get(url.get(), part, &value, 0) == CURLUE_OK;
    curl_free(value);
    return there;
  };
  if (!text.starts_with("https://") || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
    config.refuse(field, "must be https://HOST[:PORT]/PATH");
  if (has(CURLUPART_USER) || has(CURLUPART_PASSWORD) || has(CURLUPART_FRAGMENT))
    config.refuse(field, "may have no user, password or #fragment");
}

std::vector<std::string> read_audiences(const Config& config) {
  std::vector<std::string> audiences = config.texts("audiences");
  if (audiences.empty() || std::ranges::find(audiences, "") != audiences.end())
    config.refuse("audiences", "is required: the names of this service in `aud`, one at least, none empty");
  return audiences;
}

std::vector<std::string> read_algorithms(const Config& config) {
  if (!config.has("algorithms")) return {"RS256", "PS256", "ES256"};
  std::vector<std::string> names = config.texts("algorithms");
  for (const std::string& name : names) {
    if (name == "none" || name.starts_with("HS"))
      config.refuse("algorithms", "may not have " + name + ": anybody could sign a token by it");
    if (find_algorithm(name) == nullptr)
      config.refuse("algorithms", "may be RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and ES512");
  }
  if (names.empty()) config.refuse("algorithms", "must name one at least");
  return names;
}

std::string read_claim(const Config& config, const char* field, const char* otherwise) {
  std::string name = config.text(field, otherwise);
  if (name.empty()) config.refuse(field, "must be the name of a claim, or /NAME/NAME for one within another");
  if (name.front() != '/') return name;
  try {
    (void)nlohmann::json::json_pointer(name);
  } catch (const nlohmann::json::exception&) {
    config.refuse(field, "is no JSON pointer (RFC 6901): ~0 stands for ~, ~1 for /");
  }
  return name;
}

}  // namespace

Settings read_settings(const doorward_settings& given) {
  const Config config(given, "the OAuth bridge");
  config.only({"jwksUri", "caFile", "issuer", "audiences", "algorithms", "scopes", "identityClaim",
               "groupsClaim", "openidConfiguration", "rights", "grants", "clockSkewSeconds", "refreshSeconds",
               "keepSeconds", "refetchSeconds"});
  Settings read;
  read.jwks_uri = required(config, "jwksUri", "where the issuer publishes its keys, https://HOST/PATH");
  check_url(config, "jwksUri", read.jwks_uri);
  read.ca_file = config.secret_file("caFile");
  read.issuer = required(config, "issuer", "what `iss` of a token says");
  read.audiences = read_audiences(config);
  read.algorithms = read_algorithms(config);
  read.scopes = config.texts("scopes");
  read.identity_claim = read_claim(config, "identityClaim", "sub");
  read.groups_claim = read_claim(config, "groupsClaim", "groups");
  read.openid_configuration = config.text("openidConfiguration", "");
  if (!read.openid_configuration.empty()) check_url(config, "openidConfiguration", read.openid_configuration);
  read.stored_rights = doorward_plugin_cpp::read_stored_rights(config);
  read.grants = doorward_plugin_cpp::read_grants(config);
  read.clock_skew = std::chrono::seconds(config.number("clockSkewSeconds", 0, 600, 60));
  read.refresh = std::chrono::seconds(config.number("refreshSeconds", 1, day, 300));
  read.keep = std::chrono::seconds(config.number("keepSeconds", 1, 7 * day, 3'600));
  if (read.keep < read.refresh) config.refuse("keepSeconds", "must not be less than refreshSeconds");
  read.refetch = std::chrono::seconds(config.number("refetchSeconds", 1, 3'600, 10));
  read.time_limit = std::chrono::milliseconds(given.time_limit_ms);
  return read;
}

}  // namespace oauth_bridge
