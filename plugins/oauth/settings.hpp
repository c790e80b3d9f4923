#pragma once
// What the OAuth bridge is told: `spec.external.plugin.config`, read and checked once. plugins/README.md
// explains it.
#include "plugins/shared/grants.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace oauth_bridge {

struct Settings {
  std::string jwks_uri;                 // https://...
  std::string ca_file;                  // empty: the system's
  std::string issuer;                   // `iss`, byte by byte
  std::vector<std::string> audiences;   // one of them must be in `aud`
  std::vector<std::string> algorithms;  // names of find_algorithm()
  std::vector<std::string> scopes;      // all of them must be in `scope`
  // The name of a claim, or a JSON pointer (RFC 6901) to one within others.
  std::string identity_claim, groups_claim;
  std::string openid_configuration;  // told to a client without a good token; may be empty
  bool stored_rights = false;
  std::vector<doorward_plugin_cpp::Grant> grants;
  std::chrono::seconds clock_skew{0};
  std::chrono::seconds refresh{0};  // how often the key set is fetched
  std::chrono::seconds keep{0};     // how long the last one counts while none can be fetched
  std::chrono::seconds refetch{0};  // how often an unknown key may ask for it besides
  std::chrono::milliseconds time_limit{0};
};

// Throws std::runtime_error with what to mend.
Settings read_settings(const doorward_settings& settings);

}  // namespace oauth_bridge
