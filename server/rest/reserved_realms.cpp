#include "server/rest/reserved_realms.hpp"

#include <algorithm>
#include <utility>

namespace doorward::rest {

using nlohmann::json;

namespace {

const resources::Schema& reserved_realm_schema() {
  using namespace resources::shape;
  static const resources::Schema schema = resource(
      "A realm that an address space has used: no other namespace gets it before it is deleted here.",
      {{"spec",
        object({
            {"namespace", string("Whose it is."), required},
            {"addressSpace", string("Which one has it now; absent where none has.")},
        }),
        required}});
  return schema;
}

const resources::Kind& reserved_realm_kind() {
  static const resources::Kind kind{
      .name = "ReservedRealm",
      .store_kind = "reservedrealms.enmasse.io",
      .group = "enmasse.io",
      .version = "v1beta1",
      .older_versions = {},
      .schema = reserved_realm_schema(),
      .columns = {{"Namespace", {"spec", "namespace"}}, {"Address space", {"spec", "addressSpace"}}},
      .scope = resources::Scope::cluster,
      .computed = true};
  return kind;
}

json object_of(const ReservedRealm& reserved) {
  const resources::Kind& kind = reserved_realm_kind();
  json object{{"apiVersion", kind.api_version()},
              {"kind", kind.name},
              {"metadata", {{"name", reserved.realm.text()}}},
              {"spec", {{"namespace", reserved.ns}}}};
  if (reserved.owner) object["spec"]["addressSpace"] = *reserved.owner;
  return object;
}

// With a dry run, what would come of it.
Reply<json> release(Store& store, const std::string& name, bool dry_run) {
  const resources::Kind& kind = reserved_realm_kind();
  const auto all = store.reserved_realms();
  if (!all) return of_store(all.error());
  const auto found =
      std::ranges::find_if(*all, [&](const ReservedRealm& one) { return one.realm.text() == name; });
  if (found == all->end()) return not_found(kind, name);
  if (found->owner)
    return conflict(kind, name,
                    "AddressSpace " + found->ns + "/" + *found->owner +
                        " has this realm: delete it, or give it another realm, first");
  if (dry_run) return object_of(*found);
  const auto released = store.release_realm(found->realm);
  if (!released && released.error().code == ErrorCode::not_found) return not_found(kind, name);
  if (!released && released.error().code == ErrorCode::conflict)
    return conflict(kind, name, released.error().message);
  if (!released) return of_store(released.error());
  return object_of(*found);
}

}  // namespace

VirtualResource reserved_realms(Store& store) {
  auto list = [&store](const std::string&) -> Reply<std::vector<json>> {
    const auto all = store.reserved_realms();
    if (!all) return of_store(all.error());
    std::vector<json> objects;
    for (const ReservedRealm& one : *all) objects.push_back(object_of(one));
    return objects;
  };
  auto remove = [&store](const std::string& name, bool dry_run) { return release(store, name, dry_run); };
  return virtual_of(reserved_realm_kind(), std::move(list), std::move(remove));
}

Served served_reserved_realms() { return served_virtual(reserved_realm_kind()); }

}  // namespace doorward::rest
