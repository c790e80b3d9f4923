#include "server/rest/quota.hpp"

#include "store/model/names.hpp"

#include <string>
#include <utility>

namespace doorward::rest {

using resources::Kind;

namespace {

constexpr std::string_view objects_setting = "limits.objectsPerNamespace";
constexpr std::string_view members_setting = "limits.membersPerNamespace";

bool is_member(const ObjectKey& key) {
  return key.kind == resources::store_kind::messaging_users || key.kind == resources::store_kind::addresses;
}

std::string place_of(const ObjectKey& key) {
  return key.ns.empty() ? std::string("the cluster scope") : "the namespace " + quoted(key.ns);
}

std::unexpected<Failure> exceeded(const ObjectKey& key, std::string_view setting, std::string_view counted,
                                  std::uint64_t used, std::uint64_t limit, const std::string& what_to_do) {
  const Kind& kind = *resources::find_kind(key.kind);
  const std::string of = "count/" + std::string(counted) + "=";
  return std::unexpected(Failure{.code = 403,
                                 .reason = "Forbidden",
                                 .message = key.kind + " " + quoted(key.name, 256) +
                                            " is forbidden: exceeded quota: " + std::string(setting) +
                                            ", requested: " + of + "1, used: " + of + std::to_string(used) +
                                            ", limited: " + of + std::to_string(limit) + ": " + what_to_do +
                                            ", or have the server's setting raised",
                                 .group = std::string(kind.group),
                                 .kind = std::string(kind.plural()),
                                 .name = key.name});
}

}  // namespace

Reply<> Quota::admit(const ObjectKey& key) {
  const auto used = counts_.of(key.kind, key.ns);
  if (!used) return of_store(used.error());
  const std::uint64_t limit = is_member(key) ? limits_.members : limits_.objects;
  if (*used < limit) return {};
  return exceeded(key, is_member(key) ? members_setting : objects_setting, key.kind, *used, limit,
                  "delete what " + place_of(key) + " does not need");
}

Reply<> Quota::admit_realm(const ObjectKey& address_space, std::string_view realm) const {
  const auto reserved = store_.reserved_realms();
  if (!reserved) return of_store(reserved.error());
  std::uint64_t used = 0;
  for (const ReservedRealm& one : *reserved) {
    if (one.ns != address_space.ns) continue;
    if (one.realm.text() == realm) return {};
    ++used;
  }
  const std::uint64_t limit = realms_for_each_object * limits_.objects;
  if (used < limit) return {};
  return exceeded(address_space, objects_setting, "reservedrealms.enmasse.io", used, limit,
                  "this is ten times the setting: have some released that no address space has any more "
                  "(kubectl delete reservedrealm NAME)");
}

}  // namespace doorward::rest
