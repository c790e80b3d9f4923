#include "server/rest/object_view.hpp"

#include "server/resources/document/json_access.hpp"
#include "server/resources/kinds/redaction.hpp"
#include "server/rest/managed_fields.hpp"

#include <algorithm>
#include <utility>

namespace doorward::rest {

using nlohmann::json;

json view(const resources::Kind& kind, const StoredObject& object, json document) {
  if (!document.is_object()) document = json::object();
  json managed = managed_fields(kind, document);
  document["apiVersion"] = kind.api_version();
  document["kind"] = kind.name;
  json& metadata = document["metadata"];
  if (!metadata.is_object()) metadata = json::object();
  metadata.erase(std::string(applied_field));
  metadata["name"] = object.key.name;
  if (kind.is_namespaced()) metadata["namespace"] = object.key.ns;
  metadata["uid"] = object.uid;
  if (object.version != 0) metadata["resourceVersion"] = std::to_string(object.version);
  metadata["generation"] = object.generation;
  metadata["creationTimestamp"] = object.created_at;
  if (!managed.empty()) metadata["managedFields"] = std::move(managed);
  resources::redact(kind, document);
  return document;
}

json view(const resources::Kind& kind, const StoredObject& object) {
  return view(kind, object, json::parse(object.document, nullptr, false));
}

json metadata_only(const json& object) {
  const json* metadata = resources::find_at(object, {"metadata"});
  return {{"kind", "PartialObjectMetadata"},
          {"apiVersion", "meta.k8s.io/v1"},
          {"metadata", metadata == nullptr ? json::object() : *metadata}};
}

Form wanted_form(std::string_view accept) {
  while (!accept.empty()) {
    const std::string_view range = accept.substr(0, accept.find(','));
    accept.remove_prefix(std::min(range.size() + 1, accept.size()));
    const bool is_json = range.contains("application/json");
    if (is_json && range.contains("g=meta.k8s.io") && range.contains("v=v1")) {
      if (range.contains("as=Table")) return Form::table;
      if (range.contains("as=PartialObjectMetadata")) return Form::metadata;
    }
    // The first range that can be answered counts; protobuf, which comes first in some, cannot.
    if (is_json && !range.contains("as=")) return Form::object;
    if (range.contains("*/*") || range.contains("application/*")) return Form::object;
  }
  return Form::object;
}

}  // namespace doorward::rest
