#include "plugins/ldap/settings.hpp"

#include "plugins/shared/config.hpp"

namespace ldap_bridge {
namespace {

bool is_loopback(const std::string& uri) {
  const std::string host = uri.substr(uri.find("://") + 3);
  return host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]");
}

}  // namespace

Settings read_settings(const doorward_settings& given) {
  const doorward_plugin_cpp::Config config(given, "the LDAP bridge");
  config.only({"uri", "startTls", "caFile", "bindDn", "bindPasswordFile", "userBase", "userFilter",
               "identityAttribute", "groupBase", "groupFilter", "groupAttribute", "rights", "grants"});
  Settings read;
  read.uri = config.text("uri", "");
  const bool ldaps = read.uri.starts_with("ldaps://");
  if (!ldaps && !read.uri.starts_with("ldap://"))
    config.refuse("uri", "must be ldap://HOST:PORT or ldaps://HOST:PORT");
  // No password crosses a network by accident.
  read.start_tls = config.flag("startTls", !ldaps && !is_loopback(read.uri));
  if (ldaps && read.start_tls) config.refuse("startTls", "means nothing with ldaps://");
  read.ca_file = config.secret_file("caFile");
  read.bind_dn = config.text("bindDn", "");
  read.bind_password_file = config.secret_file("bindPasswordFile");
  if (!read.bind_dn.empty() && read.bind_password_file.empty())
    config.refuse("bindPasswordFile", "is required beside bindDn: SECRET/KEY");
  read.user_base = config.text("userBase", "");
  if (read.user_base.empty()) config.refuse("userBase", "is required: the entry below which users are");
  read.user_filter = config.text("userFilter", "(uid={username})");
  if (read.user_filter.find("{username}") == std::string::npos)
    config.refuse("userFilter", "must contain {username}");
  read.identity_attribute = config.text("identityAttribute", "uid");
  read.group_base = config.text("groupBase", "");
  read.group_filter = config.text("groupFilter", "(member={dn})");
  if (read.group_filter.find("{dn}") == std::string::npos &&
      read.group_filter.find("{username}") == std::string::npos)
    config.refuse("groupFilter", "must contain {dn} or {username}");
  read.group_attribute = config.text("groupAttribute", "cn");
  read.stored_rights = doorward_plugin_cpp::read_stored_rights(config);
  read.grants = doorward_plugin_cpp::read_grants(config);
  read.time_limit = std::chrono::milliseconds(given.time_limit_ms);
  return read;
}

}  // namespace ldap_bridge
