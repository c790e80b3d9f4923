#include "server/resources/prepare.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/object_size.hpp"
#include "server/resources/kinds/realm_names.hpp"
#include "server/resources/kinds/redaction.hpp"
#include "store/model/names.hpp"

#include <utility>

namespace doorward::resources {

using nlohmann::json;

ObjectKey key_of(const Kind& kind, const json& manifest, const Settings& settings) {
  std::string ns;
  if (kind.is_namespaced()) ns = text_at(manifest, {"metadata", "namespace"});
  if (kind.is_namespaced() && ns.empty()) ns = settings.default_namespace;
  return {std::string(kind.store_kind), std::move(ns), text_at(manifest, {"metadata", "name"})};
}

std::string object_text(const Kind& kind, const ObjectKey& key) {
  // Names that are none stand in the faults that say so, and faults go to logs.
  const std::string ns = is_dns_label(key.ns) || key.ns.empty() ? key.ns : quoted(key.ns);
  const std::string name = key.name.empty() || is_dns_subdomain(key.name) ? key.name : quoted(key.name);
  return std::string(kind.name) + " " + ns + (ns.empty() ? "" : "/") + name;
}

FieldErrors prepare(Workspace& workspace, const Kind& kind, const json& manifest, const Settings& settings) {
  DerivedPassword once;
  return prepare(workspace, kind, manifest, settings, once);
}

FieldErrors prepare(Workspace& workspace, const Kind& kind, const json& manifest, const Settings& settings,
                    DerivedPassword& derived) {
  const ObjectKey key = key_of(kind, manifest, settings);
  json document{{"apiVersion", kind.api_version()}, {"kind", kind.name}};
  for (const auto& [name, value] : manifest.items()) {
    if (name != "metadata" && name != "status" && !document.contains(name)) document[name] = value;
  }
  for (const std::string_view name : {"labels", "annotations"}) {
    const json* kept = find_at(manifest, {"metadata", name});
    if (kept != nullptr && !kept->empty()) document["metadata"][name] = *kept;
  }
  redact(kind, document);
  if (auto too_large = check_size(kind, document)) return {std::move(*too_large)};

  auto& object = workspace.put(kind, key, std::move(document));
  if (const json* status = find_at(object.before, {"status"})) object.document["status"] = *status;
  if (kind.validate_change != nullptr && object.existed()) {
    if (auto errors = kind.validate_change(object.before, object.document); !errors.empty()) return errors;
  }
  if (kind.store_kind != store_kind::messaging_users) return {};

  std::optional<LoginRecord>& login = workspace.login(object);
  const Realm realm = login ? login->realm : waiting_realm(key.ns, address_space_of(key.name));
  auto record = derive_login(manifest, realm, login, settings.user, derived);
  if (!record) return std::move(record.error());
  login = std::move(*record);
  return {};
}

Members& Members::operator+=(const Members& others) {
  users += others.users;
  addresses += others.addresses;
  return *this;
}

std::string Members::warning() const {
  std::string counted;
  const auto count = [&](std::size_t members, std::string_view one, std::string_view more) {
    if (members == 0) return;
    counted.append(counted.empty() ? "" : ", ").append(std::to_string(members)).append(" ");
    counted.append(members == 1 ? one : more);
  };
  count(users, "user", "users");
  count(addresses, "address", "addresses");
  return "the deletion of an address space takes its users and addresses with it: " + counted;
}

Members prepare_removal(Workspace& workspace, const ObjectKey& key, const std::set<ObjectKey>& kept) {
  workspace.remove(key);
  Members gone;
  if (key.kind != store_kind::address_spaces) return gone;
  const auto remove = [&](std::string_view member_kind, std::size_t& count) {
    for (const auto* member : workspace.members_of(member_kind, {key.ns, key.name})) {
      if (kept.contains(member->key)) continue;
      workspace.remove(member->key);
      ++count;
    }
  };
  remove(store_kind::messaging_users, gone.users);
  remove(store_kind::addresses, gone.addresses);
  return gone;
}

}  // namespace doorward::resources
