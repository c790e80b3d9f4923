// The bridge to an LDAP directory: finds the user's entry, binds as it with the user's password, and makes
// rights of the groups that it is a member of. One connection for each login, on one of the bridge's own
// threads.
#include "plugins/ldap/directory.hpp"
#include "plugins/ldap/text.hpp"
#include "plugins/plugin.hpp"
#include "plugins/shared/grants.hpp"

#include <algorithm>

namespace ldap_bridge {
namespace {

using namespace doorward_plugin_cpp;

constexpr int max_groups = 512;

class Bridge {
 public:
  Bridge(const doorward_host&, const doorward_settings& given) : settings_(read_settings(given)) {}

  void check(Reply& reply) const {
    const Directory directory(settings_);
    reply.well();
  }

  void verify(const doorward_password& asked, Reply& reply) const {
    const std::string_view username = view(asked.username), password = view(asked.password);
    // An empty filter value asks for nobody, and an empty password binds as nobody.
    if (username.empty() || password.empty()) return reply.refuse();
    Directory directory(settings_);
    const auto users = directory.search(
        settings_.user_base, fill_filter(settings_.user_filter, {{"username", std::string(username)}}),
        settings_.identity_attribute, 2);
    if (users.size() > 1)
      return reply.fault("userFilter finds several entries for one user name: make it narrower");
    if (users.empty()) {
      // The same way to the directory and back as for somebody who is there.
      (void)directory.bind_as("cn=nobody-of-this-name," + settings_.user_base, password);
      return reply.refuse();
    }
    const Entry& user = users.front();
    if (user.values.empty())
      return reply.fault("the user's entry has no attribute " + settings_.identity_attribute);
    const std::string& identity = user.values.front();
    const std::vector<std::string> groups = groups_of(directory, user, identity);
    if (!directory.bind_as(user.dn, password)) return reply.refuse();
    if (settings_.stored_rights) return reply.accept_stored(identity);
    reply.accept(identity, rights_of(settings_.grants, groups, GroupNames::any_case,
                                     [&](std::string_view name) -> std::optional<std::string> {
                                       if (name != "username") return std::nullopt;
                                       return identity;
                                     }));
  }

 private:
  std::vector<std::string> groups_of(Directory& directory, const Entry& user,
                                     const std::string& identity) const {
    std::vector<std::string> names;
    if (settings_.group_base.empty() || settings_.stored_rights) return names;
    const std::string filter = fill_filter(settings_.group_filter, {{"dn", user.dn}, {"username", identity}});
    for (const Entry& group :
         directory.search(settings_.group_base, filter, settings_.group_attribute, max_groups))
      names.insert(names.end(), group.values.begin(), group.values.end());
    return names;
  }

  const Settings settings_;
};

}  // namespace
}  // namespace ldap_bridge

const doorward_plugin* doorward_plugin_entry(std::uint32_t host_abi) {
  static constexpr doorward_plugin plugin =
      doorward_plugin_cpp::TableOf<ldap_bridge::Bridge>::named("ldap", "1");
  return host_abi == DOORWARD_PLUGIN_ABI ? &plugin : nullptr;
}
