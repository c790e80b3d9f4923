#pragma once
// One connection to a directory, for one question: who somebody is, whether the password is right, which
// groups there are. Every operation ends within the time limit. Belongs to one thread; blocks it.
#include "plugins/ldap/settings.hpp"
#include "plugins/plugin.hpp"

#include <ldap.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ldap_bridge {

struct Unreachable : doorward_plugin_cpp::Unavailable {
  explicit Unreachable(const std::string& why) : Unavailable("the directory: " + why) {}
};

struct Entry {
  std::string dn;
  std::vector<std::string> values;  // of the one attribute that was asked for
};

class Directory {
 public:
  // Connects, with TLS where the settings say so, and binds as the bridge itself. Throws Unreachable, as
  // everything here does.
  explicit Directory(const Settings& settings);

  // The entries that a filter finds, `at_most` of them.
  std::vector<Entry> search(const std::string& base, const std::string& filter, const std::string& attribute,
                            int at_most);
  // Whether the password is the entry's. The connection is no longer the bridge's own afterwards.
  bool bind_as(const std::string& dn, std::string_view password);

 private:
  struct Unbind {
    void operator()(LDAP* handle) const { ldap_unbind_ext_s(handle, nullptr, nullptr); }
  };

  int bind(const std::string& dn, std::string_view password);
  [[noreturn]] void fail(const std::string& doing, int code);

  const Settings& settings_;
  std::unique_ptr<LDAP, Unbind> handle_;
};

}  // namespace ldap_bridge
