// Paths and operations of one resource in the terms of OpenAPI 3.0, with Kubernetes' extensions. kubectl
// looks for `fieldValidation` among the parameters of PATCH before it leaves validation to the server.
#include "server/rest/published/openapi.hpp"

#include <algorithm>
#include <span>

namespace doorward::rest {
namespace {

using nlohmann::json;

constexpr const char* status_reference = "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Status";

json text_parameter(const char* name) {
  return {{"name", name}, {"in", "query"}, {"schema", {{"type", "string"}}}};
}
json flag_parameter(const char* name) {
  return {{"name", name}, {"in", "query"}, {"schema", {{"type", "boolean"}}}};
}
json path_parameter(const char* name) {
  return {
      {"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}, {"minLength", 1}}}};
}

json list_parameters() {
  return json::array(
      {text_parameter("labelSelector"),
       text_parameter("fieldSelector"),
       text_parameter("continue"),
       text_parameter("resourceVersion"),
       text_parameter("resourceVersionMatch"),
       {{"name", "limit"}, {"in", "query"}, {"schema", {{"type", "integer"}, {"minimum", 0}}}}});
}

json write_parameters() {
  json validation = text_parameter("fieldValidation");
  validation["schema"]["enum"] = {"Ignore", "Warn", "Strict"};
  return json::array({text_parameter("dryRun"), text_parameter("fieldManager"), std::move(validation)});
}

json patch_parameters() {
  json parameters = write_parameters();
  parameters.push_back(flag_parameter("force"));
  return parameters;
}

json content(std::span<const char* const> types, const std::string& reference) {
  json by_type = json::object();
  for (const char* type : types) by_type[type] = {{"schema", {{"$ref", reference}}}};
  return by_type;
}

// Builds the operations of one resource one by one.
class Operations {
 public:
  Operations(const Served& served, const std::string& schema_name)
      : served_(served),
        object_("#/components/schemas/" + schema_name),
        list_(object_ + "List"),
        gvk_{{"group", served.group}, {"version", served.version}, {"kind", served.kind}} {}

  json list() const { return operation("list", list_parameters(), list_); }
  json get() const { return operation("get", json::array(), object_); }
  // Of a subresource, whose schema stands beside the object's.
  json get(const ReadSubresource& one) const {
    const std::string around = object_.substr(0, object_.rfind('.') + 1);
    json read = operation("get", json::array(), around + one.kind);
    read["x-kubernetes-group-version-kind"]["kind"] = one.kind;
    return read;
  }
  json create() const { return with_body(operation("post", write_parameters(), object_, "201"), json_only); }
  json replace() const { return with_body(operation("put", write_parameters(), object_), json_only); }
  json patch() const { return with_body(operation("patch", patch_parameters(), ""), patches, true); }
  json remove() const { return operation("delete", write_parameters(), status_reference); }
  json remove_all() const { return operation("deletecollection", list_parameters(), status_reference); }

  bool may(std::string_view verb) const {
    return std::ranges::find(served_.verbs, verb) != served_.verbs.end();
  }

 private:
  static constexpr const char* json_only[] = {"application/json"};
  static constexpr const char* patches[] = {"application/merge-patch+json", "application/json-patch+json",
                                            "application/apply-patch+yaml"};

  json operation(const char* action, json parameters, const std::string& answer,
                 const char* success = "200") const {
    const std::string& reference = answer.empty() ? object_ : answer;
    return {{"x-kubernetes-action", action},
            {"x-kubernetes-group-version-kind", gvk_},
            {"parameters", std::move(parameters)},
            {"responses",
             {{success, {{"description", "Done"}, {"content", content(json_only, reference)}}},
              {"default", {{"description", "Refused"}, {"content", content(json_only, status_reference)}}}}}};
  }

  json with_body(json operation, std::span<const char* const> types, bool any = false) const {
    json body = content(types, object_);
    if (any) {
      for (json& each : body) each["schema"] = json::object();
    }
    operation["requestBody"] = {{"required", true}, {"content", std::move(body)}};
    return operation;
  }

  const Served& served_;
  const std::string object_, list_;
  const json gvk_;
};

}  // namespace

json openapi_paths(const Served& served, const std::string& schema_name) {
  const Operations operations(served, schema_name);
  const std::string base = (served.group.empty() ? "/api/" : "/apis/") + served.group_version() + "/";
  const std::string collection = base + (served.namespaced ? "namespaces/{namespace}/" : "") + served.plural;
  json around = json::array();
  if (served.namespaced) around.push_back(path_parameter("namespace"));

  json all{{"parameters", around}};
  if (operations.may("list")) all["get"] = operations.list();
  if (operations.may("create")) all["post"] = operations.create();
  if (operations.may("deletecollection")) all["delete"] = operations.remove_all();
  around.push_back(path_parameter("name"));
  json one{{"parameters", around}};
  if (operations.may("get")) one["get"] = operations.get();
  if (operations.may("update")) one["put"] = operations.replace();
  if (operations.may("patch")) one["patch"] = operations.patch();
  if (operations.may("delete")) one["delete"] = operations.remove();

  json paths{{collection, std::move(all)}};
  if (one.size() > 1) paths[collection + "/{name}"] = std::move(one);  // a review has no name
  for (const ReadSubresource& sub : served.read_subresources)
    paths[collection + "/{name}/" + sub.name] = {{"parameters", around}, {"get", operations.get(sub)}};
  if (served.namespaced && operations.may("list")) paths[base + served.plural] = {{"get", operations.list()}};
  return paths;
}

}  // namespace doorward::rest
