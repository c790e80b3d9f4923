#include "server/rest/edited_object.hpp"

#include "server/resources/document/json_access.hpp"
#include "store/model/names.hpp"

namespace doorward::rest {

using nlohmann::json;
using resources::text_at;

namespace {

Reply<> check_kind(const resources::Kind& kind, json& object) {
  const std::string api_version = text_at(object, {"apiVersion"}), name = text_at(object, {"kind"});
  if ((!object.contains("apiVersion") || kind.reads(api_version)) &&
      (!object.contains("kind") || name == kind.name)) {
    object["apiVersion"] = kind.api_version();
    object["kind"] = kind.name;
    return {};
  }
  return bad_request("the object in the body is " + quoted(name) + " of " + quoted(api_version) +
                     ", and the request is for " + std::string(kind.name) + " of " + kind.api_version());
}

}  // namespace

Reply<> check_identity(const resources::Kind& kind, const ObjectKey& key, json& object,
                       const Current& current) {
  if (!object.is_object()) return bad_request("the body must be an object");
  if (auto checked = check_kind(kind, object); !checked) return checked;
  json& metadata = object["metadata"];
  if (metadata.is_null()) metadata = json::object();
  if (!metadata.is_object()) return bad_request("metadata must be an object");

  const std::string name = text_at(metadata, {"name"}), ns = text_at(metadata, {"namespace"});
  if (!name.empty() && name != key.name)
    return bad_request("the name of the object (" + quoted(name, 256) +
                       ") does not match the name on the URL (" + quoted(key.name, 256) + ")");
  if (!ns.empty() && ns != key.ns)
    return bad_request(
        "the namespace of the provided object does not match the namespace sent on the request");
  metadata["name"] = key.name;
  if (kind.is_namespaced()) metadata["namespace"] = key.ns;

  const std::string version = text_at(metadata, {"resourceVersion"}), uid = text_at(metadata, {"uid"});
  if (!current.exists()) {
    if (!version.empty()) return bad_request("resourceVersion should not be set on objects to be created");
    return {};
  }
  const std::string uid_now = text_at(current.object, {"metadata", "uid"});
  if (!uid.empty() && uid != uid_now)
    return conflict(
        kind, key.name,
        "Precondition failed: UID in precondition: " + quoted(uid) + ", UID in object meta: " + uid_now);
  if (!version.empty() && version != text_at(current.object, {"metadata", "resourceVersion"}))
    return stale(kind, key.name);
  return {};
}

}  // namespace doorward::rest
