#pragma once
// A bridge's configuration, `spec.external.plugin.config`, read field by field. Every fault is a
// std::runtime_error that names the field and what to mend; it becomes the status of the address spaces.
#include "plugins/doorward_plugin.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace doorward_plugin_cpp {

// One JSON object of it.
class Config {
 public:
  // The whole. `bridge` is for people: "the LDAP bridge".
  Config(const doorward_settings& settings, std::string bridge);

  // No field but these.
  void only(const std::vector<std::string_view>& known) const;

  std::string text(const char* field, const std::string& otherwise) const;
  bool flag(const char* field, bool otherwise) const;
  std::int64_t number(const char* field, std::int64_t least, std::int64_t most, std::int64_t otherwise) const;
  // Empty where the field is absent.
  std::vector<std::string> texts(const char* field) const;
  std::vector<Config> objects(const char* field) const;
  // An object whose values are strings; empty where the field is absent.
  std::map<std::string, std::string, std::less<>> map(const char* field) const;
  // The field says SECRET/KEY, which becomes a path in the directory of secrets and stays in it. Empty where
  // it is absent.
  std::string secret_file(const char* field) const;
  bool has(const char* field) const { return object_.contains(field); }

  [[noreturn]] void refuse(const std::string& field, const std::string& why) const;

 private:
  Config(const Config& outer, const char* field, nlohmann::json object);

  nlohmann::json object_;
  std::string where_;  // "config." or "config.FIELD."
  std::string bridge_;
  std::string secrets_;
};

}  // namespace doorward_plugin_cpp
