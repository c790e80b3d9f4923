#pragma once
// What the LDAP bridge is told: `spec.external.plugin.config`, read and checked once. plugins/README.md
// explains it.
#include "plugins/doorward_plugin.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace ldap_bridge {

// What a member of `group` (or, where it is empty, everybody who logs in) may do.
struct Grant {
  std::string group;
  std::vector<std::string> groups;     // that delegates see
  std::vector<std::string> addresses;  // `{username}` and `{group}` stand for themselves
  std::uint64_t operations = 0;
};

struct Settings {
  std::string uri;  // ldap://HOST:PORT or ldaps://HOST:PORT
  bool start_tls = false;
  std::string ca_file;             // empty: the system's
  std::string bind_dn;             // empty: anonymous
  std::string bind_password_file;  // read at each login, so that it can be replaced
  std::string user_base, user_filter, identity_attribute;
  std::string group_base, group_filter, group_attribute;  // an empty base: groups are not asked for
  bool stored_rights = false;
  std::vector<Grant> grants;
  std::chrono::milliseconds time_limit{0};
};

// Throws std::runtime_error with what to mend.
Settings read_settings(const doorward_settings& settings);

}  // namespace ldap_bridge
