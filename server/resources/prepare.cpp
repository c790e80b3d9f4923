#include "server/resources/prepare.hpp"

#include "server/resources/document/json_access.hpp"
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

void prepare_removal(Workspace& workspace, const ObjectKey& key, const std::set<ObjectKey>& kept) {
  workspace.remove(key);
  if (key.kind != store_kind::address_spaces) return;
  for (const auto member_kind : {store_kind::messaging_users, store_kind::addresses}) {
    for (const auto* member : workspace.members_of(member_kind, {key.ns, key.name})) {
      if (!kept.contains(member->key)) workspace.remove(member->key);
    }
  }
}

}  // namespace doorward::resources
