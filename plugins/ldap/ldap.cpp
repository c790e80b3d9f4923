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
  Bridge(const doorward_host* the_host, const doorward_settings& given)
      : host(the_host), settings(read_settings(given)) {}

  void verify(std::string_view username, std::string_view password, Reply& reply) const {
    // An empty filter value asks for nobody, and an empty password binds as nobody.
    if (username.empty() || password.empty()) return reply.refuse();
    Directory directory(settings);
    const auto users = directory.search(
        settings.user_base, fill_filter(settings.user_filter, {{"username", std::string(username)}}),
        settings.identity_attribute, 2);
    if (users.size() > 1)
      return reply.fault("userFilter finds several entries for one user name: make it narrower");
    if (users.empty()) {
      // The same way to the directory and back as for somebody who is there.
      (void)directory.bind_as("cn=nobody-of-this-name," + settings.user_base, password);
      return reply.refuse();
    }
    const Entry& user = users.front();
    if (user.values.empty())
      return reply.fault("the user's entry has no attribute " + settings.identity_attribute);
    const std::string& identity = user.values.front();
    const std::vector<std::string> groups = groups_of(directory, user, identity);
    if (!directory.bind_as(user.dn, password)) return reply.refuse();
    if (settings.stored_rights) return reply.accept_stored(identity);
    reply.accept(identity, rights_of(settings.grants, groups, GroupNames::any_case,
                                     [&](std::string_view name) -> std::optional<std::string> {
                                       if (name != "username") return std::nullopt;
                                       return identity;
                                     }));
  }

  const doorward_host* const host;
  const Settings settings;

 private:
  std::vector<std::string> groups_of(Directory& directory, const Entry& user,
                                     const std::string& identity) const {
    std::vector<std::string> names;
    if (settings.group_base.empty() || settings.stored_rights) return names;
    const std::string filter = fill_filter(settings.group_filter, {{"dn", user.dn}, {"username", identity}});
    for (const Entry& group :
         directory.search(settings.group_base, filter, settings.group_attribute, max_groups))
      names.insert(names.end(), group.values.begin(), group.values.end());
    return names;
  }
};

Bridge& bridge_of(void* instance) { return *static_cast<Bridge*>(instance); }

// Whatever keeps the directory from answering may be over at the next login.
template <class Body>
void asking(const Bridge& bridge, doorward_ticket ticket, Body body) {
  answering(Reply(bridge.host, ticket), [&](Reply& reply) {
    try {
      body(reply);
    } catch (const Unreachable& unreachable) {
      reply.unavailable(std::string("the directory: ") + unreachable.what());
    }
  });
}

int open(const doorward_host* host, const doorward_settings* settings, void** instance, char* reason,
         std::size_t reason_size) {
  return opening(instance, reason, reason_size, [&] { return new Bridge(host, *settings); });
}

void close(void* instance) { delete static_cast<Bridge*>(instance); }

void check(void* instance, doorward_ticket ticket) {
  const Bridge& bridge = bridge_of(instance);
  asking(bridge, ticket, [&](Reply& reply) {
    const Directory directory(bridge.settings);
    reply.well();
  });
}

void verify(void* instance, doorward_ticket ticket, const doorward_password* asked, void**) {
  const Bridge& bridge = bridge_of(instance);
  asking(bridge, ticket,
         [&](Reply& reply) { bridge.verify(view(asked->username), view(asked->password), reply); });
}

}  // namespace
}  // namespace ldap_bridge

const doorward_plugin* doorward_plugin_entry(std::uint32_t host_abi) {
  static constexpr doorward_plugin plugin{.size = sizeof(doorward_plugin),
                                          .abi = DOORWARD_PLUGIN_ABI,
                                          .reserved = 0,
                                          .name = "ldap",
                                          .version = "1",
                                          .open = ldap_bridge::open,
                                          .close = ldap_bridge::close,
                                          .check = ldap_bridge::check,
                                          .verify = ldap_bridge::verify,
                                          .mechanisms = nullptr,
                                          .start = nullptr,
                                          .step = nullptr,
                                          .cancel = nullptr,
                                          .release = nullptr};
  return host_abi == DOORWARD_PLUGIN_ABI ? &plugin : nullptr;
}
