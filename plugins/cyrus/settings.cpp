#include "plugins/cyrus/settings.hpp"

#include "plugins/plugin.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string_view>

#include <nlohmann/json.hpp>

namespace cyrus {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(std::string_view field, std::string_view why) {
  throw std::runtime_error("config." + std::string(field) + " " + std::string(why));
}

// Cyrus and Kerberos take text that ends at a NUL.
std::string checked(const std::string& text, std::string_view field) {
  if (text.find('\0') != std::string::npos) refuse(field, "must not contain a NUL");
  return text;
}

std::string text(const json& config, const char* field, const std::string& otherwise) {
  const auto found = config.find(field);
  if (found == config.end()) return otherwise;
  if (!found->is_string() || found->get_ref<const std::string&>().empty())
    refuse(field, "must be a string that is not empty");
  return checked(found->get_ref<const std::string&>(), field);
}

//   mech-char = UPPER-ALPHA / DIGIT / HYPHEN / UNDERSCORE      ; RFC 4422 section 3.1: 1 to 20 of them
bool is_mechanism(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= 20 && std::ranges::all_of(name, fits);
}

// None but those that somebody has named: what else is installed for Cyrus SASL is nobody's intention.
std::vector<std::string> read_mechanisms(const json& config) {
  std::vector<std::string> names;
  const auto found = config.find("mechanisms");
  if (found == config.end() || !found->is_array() || found->empty())
    refuse("mechanisms", "is required: a list of SASL mechanisms, such as [GSSAPI]");
  for (const json& name : *found) {
    if (!name.is_string() || !is_mechanism(name.get_ref<const std::string&>()))
      refuse("mechanisms", "must be names of SASL mechanisms, such as GSSAPI, in upper case");
    if (std::ranges::find(names, name.get_ref<const std::string&>()) != names.end())
      refuse("mechanisms", "names one twice");
    names.push_back(name.get<std::string>());
  }
  return names;
}

// A path, or SECRET/KEY, which stays in the directory of secrets.
std::string read_keytab(const doorward_settings& settings, const json& config) {
  const std::string name = text(config, "keytab", "");
  if (name.empty() || name.front() == '/') return name;
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos || name.find('/', slash + 1) != std::string::npos || name.front() == '.' ||
      name.find("..") != std::string::npos)
    refuse("keytab", "must be SECRET/KEY or the path of a file");
  return std::string(settings.secrets_directory) + "/" + name;
}

std::map<std::string, std::string, std::less<>> read_options(const json& config) {
  std::map<std::string, std::string, std::less<>> options;
  const auto found = config.find("options");
  if (found == config.end()) return options;
  if (!found->is_object()) refuse("options", "must be an object of strings");
  for (const auto& [name, value] : found->items()) {
    if (!value.is_string()) refuse("options." + name, "must be a string");
    if (name == "mech_list" || name == "keytab")
      refuse("options." + name, "is a setting of the bridge itself: remove it");
    options.emplace(checked(name, "options"), checked(value.get_ref<const std::string&>(), "options"));
  }
  return options;
}

}  // namespace

bool Settings::is_gss(const std::string& mechanism) {
  return mechanism == "GSSAPI" || mechanism == "GSS-SPNEGO" || mechanism.starts_with("GS2-");
}

bool Settings::any_gss() const { return std::ranges::any_of(mechanisms, is_gss); }

Settings read_settings(const doorward_settings& given) {
  const json config = json::parse(doorward_plugin_cpp::view(given.config), nullptr, false);
  if (!config.is_object()) throw std::runtime_error("the configuration is no JSON object");
  static const std::set<std::string> known{"mechanisms", "service",     "serverFQDN",
                                           "keytab",     "replayCache", "options"};
  for (const auto& [key, value] : config.items()) {
    if (!known.contains(key)) refuse(key, "is no setting of the Cyrus bridge");
  }
  Settings read{.mechanisms = read_mechanisms(config),
                .service = text(config, "service", "amqp"),
                .server_fqdn = text(config, "serverFQDN", ""),
                .keytab = read_keytab(given, config),
                .replay_cache = text(config, "replayCache", ""),
                .options = read_options(config)};
  if (read.server_fqdn.empty())
    refuse("serverFQDN",
           "is required: the host that clients connect to, in the name SERVICE/HOST of a ticket");
  if (read.service.find_first_of("/@") != std::string::npos ||
      read.server_fqdn.find_first_of("/@") != std::string::npos)
    refuse("service", "and serverFQDN must not contain / or @: they become SERVICE/HOST");
  if (!read.replay_cache.empty() && read.replay_cache.front() != '/')
    refuse("replayCache", "must be the path of a file");
  if (!read.any_gss() && (!read.keytab.empty() || !read.replay_cache.empty()))
    refuse("keytab", "and replayCache mean something beside GSSAPI only: remove them");
  return read;
}

}  // namespace cyrus
