#include "server/rest/published/discovery.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include <nlohmann/json.hpp>

namespace doorward::rest {
namespace {

using nlohmann::json;

constexpr const char* aggregated_type =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The parts of `text` between separators, until `visit` says true.
template <class Visit>
bool any_part(std::string_view text, char separator, Visit visit) {
  for (;;) {
    const std::size_t end = text.find(separator);
    if (visit(trimmed(text.substr(0, end)))) return true;
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
}

bool has_parameter(std::string_view range, std::string_view name, std::string_view value) {
  return any_part(range, ';', [&](std::string_view parameter) {
    const std::size_t equals = parameter.find('=');
    return equals != std::string_view::npos && trimmed(parameter.substr(0, equals)) == name &&
           trimmed(parameter.substr(equals + 1)) == value;
  });
}

Response json_response(const json& body) { return {.body = body.dump() + "\n"}; }

json group_object(const std::string& name, const std::vector<std::string>& versions) {
  json listed = json::array();
  for (const std::string& version : versions) {
    listed.push_back({{"groupVersion", name + "/" + version}, {"version", version}});
  }
  return {{"name", name}, {"versions", listed}, {"preferredVersion", listed.front()}};
}

json with_lists(json object, const Served& served) {
  if (!served.short_names.empty()) object["shortNames"] = served.short_names;
  if (!served.categories.empty()) object["categories"] = served.categories;
  return object;
}

json response_kind(const Served& served, const std::string& kind) {
  return {{"group", served.group}, {"version", served.version}, {"kind", kind}};
}

struct Subresource {
  std::string name, kind;
  std::vector<std::string> verbs;
};
std::vector<Subresource> subresources_of(const Served& served) {
  std::vector<Subresource> all;
  if (served.has_status) all.push_back({"status", served.kind, {"get", "patch", "update"}});
  for (const ReadSubresource& one : served.read_subresources) all.push_back({one.name, one.kind, {"get"}});
  return all;
}

json aggregated_resource(const Served& served) {
  json resource{{"resource", served.plural},
                {"responseKind", response_kind(served, served.kind)},
                {"scope", served.namespaced ? "Namespaced" : "Cluster"},
                {"singularResource", served.singular()},
                {"verbs", served.verbs}};
  for (const Subresource& one : subresources_of(served))
    resource["subresources"].push_back(
        {{"subresource", one.name}, {"responseKind", response_kind(served, one.kind)}, {"verbs", one.verbs}});
  return with_lists(std::move(resource), served);
}

}  // namespace

bool asks_for(std::string_view accept, std::string_view name, std::string_view value) {
  return any_part(accept, ',', [&](std::string_view range) { return has_parameter(range, name, value); });
}

bool asks_for_aggregated_discovery(std::string_view accept) {
  return any_part(accept, ',', [](std::string_view range) {
    return range.starts_with("application/json") && has_parameter(range, "g", "apidiscovery.k8s.io") &&
           has_parameter(range, "v", "v2") && has_parameter(range, "as", "APIGroupDiscoveryList");
  });
}

// In the order of their first resource; the core group is not one of them.
std::vector<std::string> Discovery::group_names() const {
  std::vector<std::string> names;
  for (const Served& each : served_) {
    if (!each.group.empty() && std::ranges::find(names, each.group) == names.end())
      names.push_back(each.group);
  }
  return names;
}

// The preferred one first, as Kubernetes orders them: v2 before v1 before v1beta2 before v1beta1 before
// v1alpha1.
std::vector<std::string> Discovery::versions_of(std::string_view group) const {
  std::vector<std::string> versions;
  for (const Served& each : served_) {
    if (each.group == group && std::ranges::find(versions, each.version) == versions.end())
      versions.push_back(each.version);
  }
  std::ranges::sort(versions, std::greater(), [](const std::string& version) {
    const bool is_stable = version.find_first_not_of("v0123456789") == std::string::npos;
    return std::pair(is_stable, version);  // "v1beta1" is more than "v1alpha1" as a text, too
  });
  return versions;
}

Response Discovery::aggregated(bool core) const {
  json items = json::array();
  for (const std::string& name : core ? std::vector<std::string>{""} : group_names()) {
    json versions = json::array();
    for (const std::string& version : versions_of(name)) {
      json resources = json::array();
      for (const Served& each : served_) {
        if (each.group == name && each.version == version) resources.push_back(aggregated_resource(each));
      }
      versions.push_back({{"version", version}, {"freshness", "Current"}, {"resources", resources}});
    }
    items.push_back({{"metadata", {{"name", name}, {"creationTimestamp", nullptr}}}, {"versions", versions}});
  }
  Response response = json_response({{"kind", "APIGroupDiscoveryList"},
                                     {"apiVersion", "apidiscovery.k8s.io/v2"},
                                     {"metadata", json::object()},
                                     {"items", items}});
  response.content_type = aggregated_type;
  return response;
}

Response Discovery::core(std::string_view accept) const {
  if (asks_for_aggregated_discovery(accept)) return aggregated(true);
  return json_response({{"kind", "APIVersions"},
                        {"versions", versions_of("")},
                        {"serverAddressByClientCIDRs", json::array()}});
}

Response Discovery::groups(std::string_view accept) const {
  if (asks_for_aggregated_discovery(accept)) return aggregated(false);
  json groups = json::array();
  for (const std::string& name : group_names()) groups.push_back(group_object(name, versions_of(name)));
  return json_response({{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", groups}});
}

std::optional<Response> Discovery::group(std::string_view name) const {
  const auto versions = versions_of(name);
  if (name.empty() || versions.empty()) return std::nullopt;
  json group = group_object(std::string(name), versions);
  group["kind"] = "APIGroup";
  group["apiVersion"] = "v1";
  return json_response(group);
}

std::optional<Response> Discovery::resources(std::string_view group, std::string_view version) const {
  json resources = json::array();
  std::string group_version;
  for (const Served& each : served_) {
    if (each.group != group || each.version != version) continue;
    group_version = each.group_version();
    json resource{{"name", each.plural},
                  {"singularName", each.singular()},
                  {"namespaced", each.namespaced},
                  {"kind", each.kind},
                  {"verbs", each.verbs}};
    resources.push_back(with_lists(std::move(resource), each));
    for (const Subresource& one : subresources_of(each))
      resources.push_back({{"name", each.plural + "/" + one.name},
                           {"singularName", ""},
                           {"namespaced", each.namespaced},
                           {"kind", one.kind},
                           {"verbs", one.verbs}});
  }
  if (resources.empty()) return std::nullopt;
  return json_response({{"kind", "APIResourceList"},
                        {"apiVersion", "v1"},
                        {"groupVersion", group_version},
                        {"resources", resources}});
}

}  // namespace doorward::rest
