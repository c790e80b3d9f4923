#pragma once
// What the LDAP bridge is told: `spec.external.plugin.config`, read and checked once. plugins/README.md
// explains it.
#include "plugins/shared/grants.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace ldap_bridge {

struct Settings {
  std::string uri;  // ldap://HOST:PORT or ldaps://HOST:PORT
  bool start_tls = false;
  std::string ca_file;             // empty: the system's
  std::string bind_dn;             // empty: anonymous
  std::string bind_password_file;  // read at each login, so that it can be replaced
  std::string user_base, user_filter, identity_attribute;
  std::string group_base, group_filter, group_attribute;  // an empty base: groups are not asked for
  bool stored_rights = false;
  std::vector<doorward_plugin_cpp::Grant> grants;
  std::chrono::milliseconds time_limit{0};
};

// Throws std::runtime_error with what to mend.
Settings read_settings(const doorward_settings& settings);

}  // namespace ldap_bridge
