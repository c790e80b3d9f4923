#include "plugins/ldap/settings.hpp"

#include "plugins/plugin.hpp"

#include <set>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace ldap_bridge {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& field, const std::string& why) {
  throw std::runtime_error("config." + field + " " + why);
}

std::string text(const json& config, const char* field, const std::string& otherwise) {
  const auto found = config.find(field);
  if (found == config.end()) return otherwise;
  if (!found->is_string()) refuse(field, "must be a string");
  return found->get<std::string>();
}

bool flag(const json& config, const char* field, bool otherwise) {
  const auto found = config.find(field);
  if (found == config.end()) return otherwise;
  if (!found->is_boolean()) refuse(field, "must be true or false");
  return found->get<bool>();
}

std::vector<std::string> texts(const json& config, const char* field) {
  std::vector<std::string> read;
  const auto found = config.find(field);
  if (found == config.end()) return read;
  if (!found->is_array()) refuse(field, "must be a list of strings");
  for (const json& element : *found) {
    if (!element.is_string()) refuse(field, "must be a list of strings");
    read.push_back(element.get<std::string>());
  }
  return read;
}

// SECRET/KEY becomes a path in the directory of secrets, and stays in it.
std::string secret_file(const doorward_settings& settings, const json& config, const char* field) {
  const std::string name = text(config, field, "");
  if (name.empty()) return {};
  if (name.front() == '/' || name.find("..") != std::string::npos) refuse(field, "must be SECRET/KEY");
  return std::string(settings.secrets_directory) + "/" + name;
}

void only(const json& object, const std::string& where, const std::set<std::string>& known) {
  for (const auto& [key, value] : object.items()) {
    if (!known.contains(key)) refuse(where + key, "is no setting of the LDAP bridge");
  }
}

Grant read_grant(const json& entry) {
  if (!entry.is_object()) refuse("grants", "must be a list of objects");
  only(entry, "grants.", {"group", "groups", "addresses", "operations"});
  Grant grant{.group = text(entry, "group", ""),
              .groups = texts(entry, "groups"),
              .addresses = texts(entry, "addresses")};
  for (const std::string& operation : texts(entry, "operations")) {
    if (operation == "send")
      grant.operations |= DOORWARD_SEND;
    else if (operation == "recv")
      grant.operations |= DOORWARD_RECV;
    else if (operation == "view")
      grant.operations |= DOORWARD_VIEW;
    else if (operation == "manage")
      grant.operations |= DOORWARD_MANAGE;
    else
      refuse("grants.operations", "may be send, recv, view and manage");
  }
  return grant;
}

bool is_loopback(const std::string& uri) {
  const std::string host = uri.substr(uri.find("://") + 3);
  return host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]");
}

}  // namespace

Settings read_settings(const doorward_settings& given) {
  const json config = json::parse(doorward_plugin_cpp::view(given.config), nullptr, false);
  if (!config.is_object()) throw std::runtime_error("the configuration is no JSON object");
  only(config, "",
       {"uri", "startTls", "caFile", "bindDn", "bindPasswordFile", "userBase", "userFilter",
        "identityAttribute", "groupBase", "groupFilter", "groupAttribute", "rights", "grants"});
  Settings read;
  read.uri = text(config, "uri", "");
  const bool ldaps = read.uri.starts_with("ldaps://");
  if (!ldaps && !read.uri.starts_with("ldap://"))
    refuse("uri", "must be ldap://HOST:PORT or ldaps://HOST:PORT");
  // No password crosses a network by accident.
  read.start_tls = flag(config, "startTls", !ldaps && !is_loopback(read.uri));
  if (ldaps && read.start_tls) refuse("startTls", "means nothing with ldaps://");
  read.ca_file = secret_file(given, config, "caFile");
  read.bind_dn = text(config, "bindDn", "");
  read.bind_password_file = secret_file(given, config, "bindPasswordFile");
  if (!read.bind_dn.empty() && read.bind_password_file.empty())
    refuse("bindPasswordFile", "is required beside bindDn: SECRET/KEY");
  read.user_base = text(config, "userBase", "");
  if (read.user_base.empty()) refuse("userBase", "is required: the entry below which users are");
  read.user_filter = text(config, "userFilter", "(uid={username})");
  if (read.user_filter.find("{username}") == std::string::npos)
    refuse("userFilter", "must contain {username}");
  read.identity_attribute = text(config, "identityAttribute", "uid");
  read.group_base = text(config, "groupBase", "");
  read.group_filter = text(config, "groupFilter", "(member={dn})");
  if (read.group_filter.find("{dn}") == std::string::npos &&
      read.group_filter.find("{username}") == std::string::npos)
    refuse("groupFilter", "must contain {dn} or {username}");
  read.group_attribute = text(config, "groupAttribute", "cn");
  const std::string rights = text(config, "rights", "grants");
  if (rights != "grants" && rights != "stored") refuse("rights", "must be grants or stored");
  read.stored_rights = rights == "stored";
  if (const auto grants = config.find("grants"); grants != config.end()) {
    if (!grants->is_array()) refuse("grants", "must be a list of objects");
    for (const json& entry : *grants) read.grants.push_back(read_grant(entry));
  }
  read.time_limit = std::chrono::milliseconds(given.time_limit_ms);
  return read;
}

}  // namespace ldap_bridge
