#include "plugins/cyrus/settings.hpp"

#include "plugins/shared/config.hpp"

#include <algorithm>
#include <string_view>

namespace cyrus {
namespace {

using doorward_plugin_cpp::Config;

//   mech-char = UPPER-ALPHA / DIGIT / HYPHEN / UNDERSCORE      ; RFC 4422 section 3.1: 1 to 20 of them
bool is_mechanism(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= 20 && std::ranges::all_of(name, fits);
}

// None but those that somebody has named: what else is installed for Cyrus SASL is nobody's intention.
std::vector<std::string> read_mechanisms(const Config& config) {
  std::vector<std::string> names = config.texts("mechanisms");
  if (names.empty()) config.refuse("mechanisms", "is required: a list of SASL mechanisms, such as [GSSAPI]");
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (!is_mechanism(*name))
      config.refuse("mechanisms", "must be names of SASL mechanisms, such as GSSAPI, in upper case");
    if (std::find(names.begin(), name, *name) != name) config.refuse("mechanisms", "names one twice");
  }
  return names;
}

// Cyrus and Kerberos take text that ends at a NUL.
std::string read_text(const Config& config, const char* field, const std::string& otherwise) {
  std::string text = config.text(field, otherwise);
  if (text.find('\0') != std::string::npos) config.refuse(field, "must not contain a NUL");
  return text;
}

// Both become parts of the principal SERVICE/HOST.
std::string read_part(const Config& config, const char* field, const std::string& otherwise,
                      const std::string& meaning) {
  std::string text = read_text(config, field, otherwise);
  if (text.empty()) config.refuse(field, "is required: " + meaning);
  if (text.find_first_of("/@") != std::string::npos) config.refuse(field, "must not contain / or @");
  return text;
}

std::string read_path(const Config& config, const char* field) {
  std::string path = read_text(config, field, "");
  if (!path.empty() && path.front() != '/') config.refuse(field, "must be the path of a file");
  return path;
}

std::map<std::string, std::string, std::less<>> read_options(const Config& config) {
  auto options = config.map("options");
  for (const auto& [name, value] : options) {
    if (name == "mech_list" || name == "keytab")
      config.refuse("options." + name, "is a setting of the bridge itself: remove it");
    if (name.find('\0') != std::string::npos || value.find('\0') != std::string::npos)
      config.refuse("options", "must not contain a NUL");
  }
  return options;
}

}  // namespace

bool Settings::is_gss(const std::string& mechanism) {
  return mechanism == "GSSAPI" || mechanism == "GSS-SPNEGO" || mechanism.starts_with("GS2-");
}

bool Settings::any_gss() const { return std::ranges::any_of(mechanisms, is_gss); }

Settings read_settings(const doorward_settings& given) {
  const Config config(given, "the Cyrus bridge");
  config.only({"mechanisms", "service", "serverFQDN", "keytab", "replayCache", "options"});
  const bool by_path = config.text("keytab", "").starts_with('/');
  Settings read{
      .mechanisms = read_mechanisms(config),
      .service = read_part(config, "service", "amqp", "the service in the name SERVICE/HOST of a ticket"),
      .server_fqdn = read_part(config, "serverFQDN", "",
                               "the host that clients connect to, in the name SERVICE/HOST of a ticket"),
      .keytab = by_path ? read_path(config, "keytab") : config.secret_file("keytab"),
      .replay_cache = read_path(config, "replayCache"),
      .options = read_options(config)};
  if (!read.any_gss() && (!read.keytab.empty() || !read.replay_cache.empty()))
    config.refuse("keytab", "and replayCache mean something beside GSSAPI only: remove them");
  return read;
}

}  // namespace cyrus
