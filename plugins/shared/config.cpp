#include "plugins/shared/config.hpp"

#include "plugins/plugin.hpp"

#include <algorithm>
#include <stdexcept>

namespace doorward_plugin_cpp {

using nlohmann::json;

Config::Config(const doorward_settings& settings, std::string bridge)
    : object_(json::parse(view(settings.config), nullptr, false)),
      where_("config."),
      bridge_(std::move(bridge)),
      secrets_(settings.secrets_directory) {
  if (!object_.is_object()) throw std::runtime_error("the configuration is no JSON object");
}

Config::Config(const Config& outer, const char* field, json object)
    : object_(std::move(object)),
      where_(outer.where_ + field + '.'),
      bridge_(outer.bridge_),
      secrets_(outer.secrets_) {}

void Config::refuse(const std::string& field, const std::string& why) const {
  throw std::runtime_error(where_ + field + " " + why);
}

void Config::only(const std::vector<std::string_view>& known) const {
  for (const auto& [key, value] : object_.items()) {
    if (std::ranges::find(known, key) == known.end()) refuse(key, "is no setting of " + bridge_);
  }
}

std::string Config::text(const char* field, const std::string& otherwise) const {
  const auto found = object_.find(field);
  if (found == object_.end()) return otherwise;
  if (!found->is_string()) refuse(field, "must be a string");
  return found->get<std::string>();
}

bool Config::flag(const char* field, bool otherwise) const {
  const auto found = object_.find(field);
  if (found == object_.end()) return otherwise;
  if (!found->is_boolean()) refuse(field, "must be true or false");
  return found->get<bool>();
}

std::int64_t Config::number(const char* field, std::int64_t least, std::int64_t most,
                            std::int64_t otherwise) const {
  const auto found = object_.find(field);
  if (found == object_.end()) return otherwise;
  // What does not fit into 64 bits with a sign would be read as another number.
  const bool fits = found->is_number_integer() &&
                    (!found->is_number_unsigned() || found->get<std::uint64_t>() <= INT64_MAX);
  const std::int64_t value = fits ? found->get<std::int64_t>() : 0;
  if (!fits || value < least || value > most)
    refuse(field, "must be a number from " + std::to_string(least) + " to " + std::to_string(most));
  return value;
}

std::vector<std::string> Config::texts(const char* field) const {
  std::vector<std::string> read;
  const auto found = object_.find(field);
  if (found == object_.end()) return read;
  if (!found->is_array()) refuse(field, "must be a list of strings");
  for (const json& element : *found) {
    if (!element.is_string()) refuse(field, "must be a list of strings");
    read.push_back(element.get<std::string>());
  }
  return read;
}

std::vector<Config> Config::objects(const char* field) const {
  std::vector<Config> read;
  const auto found = object_.find(field);
  if (found == object_.end()) return read;
  if (!found->is_array()) refuse(field, "must be a list of objects");
  for (const json& element : *found) {
    if (!element.is_object()) refuse(field, "must be a list of objects");
    read.push_back(Config(*this, field, element));
  }
  return read;
}

std::map<std::string, std::string, std::less<>> Config::map(const char* field) const {
  std::map<std::string, std::string, std::less<>> read;
  const auto found = object_.find(field);
  if (found == object_.end()) return read;
  if (!found->is_object()) refuse(field, "must be an object of strings");
  for (const auto& [key, value] : found->items()) {
    if (!value.is_string()) refuse(field + ("." + key), "must be a string");
    read.emplace(key, value.get<std::string>());
  }
  return read;
}

std::string Config::secret_file(const char* field) const {
  const std::string name = text(field, "");
  if (name.empty()) return {};
  const std::size_t slash = name.find('/');
  const auto is_name = [](std::string_view part) {
    return !part.empty() && part != "." && part != ".." && !part.contains('/') && !part.contains('\0');
  };
  if (slash == std::string::npos || !is_name(name.substr(0, slash)) || !is_name(name.substr(slash + 1)))
    refuse(field, "must be SECRET/KEY");
  return secrets_ + "/" + name;
}

}  // namespace doorward_plugin_cpp
