#pragma once
// What the Cyrus bridge is told: `spec.external.plugin.config`, read and checked once. plugins/README.md
// explains it.
#include "plugins/doorward_plugin.h"

#include <map>
#include <string>
#include <vector>

namespace cyrus {

struct Settings {
  std::vector<std::string> mechanisms;  // the only ones that are spoken
  // Clients ask for a ticket for SERVICE/FQDN. What they connect to has this name: a router, not doorward.
  std::string service = "amqp";
  std::string server_fqdn;
  std::string keytab;        // a file; empty: the system's, as Kerberos finds it
  std::string replay_cache;  // a file; empty: where Kerberos keeps it for all services of this user
  // Of Cyrus SASL, by the names in its options.html. No configuration file of Cyrus' is read beside them.
  std::map<std::string, std::string, std::less<>> options;

  // Whether a mechanism stands on GSS-API, and so needs a keytab.
  static bool is_gss(const std::string& mechanism);
  bool any_gss() const;
};

// Throws std::runtime_error with what to mend.
Settings read_settings(const doorward_settings& settings);

}  // namespace cyrus
